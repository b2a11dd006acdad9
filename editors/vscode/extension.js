// Starts `vfmc lsp` and hands it the specs that are open.
const { commands, window, workspace } = require("vscode");
const { LanguageClient, TransportKind } = require("vscode-languageclient/node");

let client;

async function start() {
  const [command, ...args] = workspace.getConfiguration("vfmc").get("command");
  const server = { command, args, transport: TransportKind.stdio };
  const documentSelector = [
    { scheme: "file", language: "vfm" },
    { scheme: "file", language: "yaml" }, // the server looks at those that begin with `vfmc:` alone
  ];
  client = new LanguageClient("vfmc", "vfmc", server, { documentSelector });
  try {
    await client.start();
  } catch (reason) {
    window.showErrorMessage(`vfmc: ${command} does not start (${reason}). pip install 'vfmc[lsp]', or set vfmc.command.`);
  }
}

async function activate(context) {
  const restart = commands.registerCommand("vfmc.restart", async () => {
    await client?.stop();
    await start();
  });
  context.subscriptions.push(restart);
  await start();
}

function deactivate() {
  return client?.stop();
}

module.exports = { activate, deactivate };
