"""The papermill engine `gktools`: stock papermill, except for where its kernel comes from.

A stock kernel is a new process that imports everything again: two seconds. Here a fork server imports once and forks
a ready kernel for each report (server.py). The child is a real ipykernel without sockets (child.py); nbclient talks
to it through a kernel manager (manager.py) over one plain socket (wire.py). Parameters, outputs, errors, metadata
and the saved notebook are those of papermill (engine.py): only the run time differs.

    worker: papermill ── nbclient ── manager ─┬─ socket ── child: ipykernel, one report
                                              └─ control ── server: forks it, ends it with all it started

A report of ours runs sealed (execution.py): its inputs are handed over, its environment has no address and no key, and
sealing.py closes the rest of the machine to it.
"""
