// A JupyterLab extension in one plain file: it runs the form when its notebook is opened, so that nobody has to run a cell.
// Only cells whose text is exactly that of the form as shipped are run: what else stands in a notebook is left to people.
"use strict";
(() => {
  const FORM = "from gktools.editing.widgets import parameter_form\n\nparameter_form()";
  const WIDGETS = "jupyter.widget";
  const seen = new WeakSet();
  let scope;

  async function shared(name) {
    const [version] = Object.values(scope[name]);
    return (await version.get())();
  }

  async function kernelOf(context) {
    await context.ready;
    if (context.session && context.session.kernel) return context.session.kernel;
    return new Promise((resolve) => {
      const take = (_, change) => {
        if (!change.newValue) return;
        context.kernelChanged.disconnect(take);
        resolve(change.newValue);
      };
      context.kernelChanged.connect(take);
    });
  }

  async function isAlive(cell, kernel) {
    if (cell.model.outputs.length === 0) return false;
    const answer = await kernel.requestCommInfo({ target_name: WIDGETS });
    return Object.keys(answer.content.comms || {}).length > 0;
  }

  async function showForm(panel) {
    await panel.context.ready;
    const codes = panel.content.widgets.filter((cell) => cell.model.type === "code");
    if (codes.length !== 1 || codes[0].model.sharedModel.getSource().trim() !== FORM) return;
    const kernel = await kernelOf(panel.sessionContext);
    await kernel.info;
    if (await isAlive(codes[0], kernel)) return; // opened again: what was typed in is still there
    const { NotebookActions } = await shared("@jupyterlab/notebook");
    await NotebookActions.runAll(panel.content, panel.sessionContext);
  }

  function look(app) {
    for (const panel of app.shell.widgets("main")) {
      if (seen.has(panel) || !panel.context || !panel.sessionContext || !panel.content || !panel.content.widgets) continue;
      seen.add(panel);
      showForm(panel).catch((error) => console.error("gktools-lab:", error));
    }
  }

  const plugin = {
    id: "gktools-lab:form",
    autoStart: true,
    activate: (app) => {
      app.restored.then(() => {
        app.shell.layoutModified.connect(() => look(app));
        look(app);
      });
    },
  };

  window._JUPYTERLAB = window._JUPYTERLAB || {};
  window._JUPYTERLAB["gktools-lab"] = {
    init: (shared) => { scope = shared; },
    get: async () => () => ({ __esModule: true, default: plugin }),
  };
})();
