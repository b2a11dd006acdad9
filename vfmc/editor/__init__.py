"""What an editor asks of a spec: the thing under the cursor, what may stand there, where a name is declared. `server.py` alone knows the protocol."""
