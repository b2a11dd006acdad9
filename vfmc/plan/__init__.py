"""What the runtime must know of a program, as plain data, and what it will cost."""
