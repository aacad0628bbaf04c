/**
 * The callback plugin of an ansible run: it marks what runs on the nodes, so that it can be ended there, and writes what
 * became of each host to a file, because the text that people read can be printed by any task.
 */
import { CALL_MARK } from "../host/commands/descendants.ts";

/** For ANSIBLE_CALLBACKS_ENABLED. */
export const RECAP_PLUGIN = "minilab_recap";
/** The variable that names the file to write. */
export const RECAP_VARIABLE = "MINILAB_RECAP";

/** Actions that never speak to a host. */
const WITHOUT_HOST = [
  ...["add_host", "assert", "debug", "fail", "group_by", "import_role", "import_tasks", "include_role"],
  ...["include_tasks", "include_vars", "meta", "pause", "set_fact", "set_stats", "validate_argument_spec"],
];

/** For ansible-core 2.14 and later. What cannot be marked is not run: it could not be ended. */
export const RECAP_PLUGIN_SOURCE = `
import json
import os
import sys
import traceback

from ansible.playbook.handler import Handler
from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: ${RECAP_PLUGIN}
type: notification
short_description: writes the recap of a run to a file
description: writes the recap of a run to the file named by ${RECAP_VARIABLE}
"""

WITHOUT_HOST = ${JSON.stringify(WITHOUT_HOST)}


def part(result, name):
    return getattr(result, name, None) or getattr(result, "_" + name)


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "${RECAP_PLUGIN}"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.plays = []
        self.reached = {}
        self.lost = {}
        self.notified = {}

    def v2_playbook_on_start(self, playbook):
        try:
            mark = {"${CALL_MARK}": os.environ["${CALL_MARK}"]}
            for play in playbook.get_plays():
                given = play.environment
                given = [] if given is None else given if isinstance(given, list) else [given]
                play.environment = given + [mark]
        except Exception:
            traceback.print_exc()
            sys.stderr.flush()
            os._exit(70)

    def v2_playbook_on_play_start(self, play):
        self.plays.append({"name": play.get_name(), "local": play.connection == "local", "matched": True})

    def v2_playbook_on_no_hosts_matched(self):
        self.plays[-1]["matched"] = False

    def count(self, counts, result):
        task, host = part(result, "task"), part(result, "host").get_name()
        if task.action.split(".")[-1] not in WITHOUT_HOST and not task.delegate_to:
            counts[host] = counts.get(host, 0) + 1

    def settle(self, result):
        task, host = part(result, "task"), part(result, "host").get_name()
        if isinstance(task, Handler):
            for name in [task.name, task.get_name(), *(task.listen or [])]:
                self.notified.get(name, set()).discard(host)
        if result.is_changed():  # whoever does not come as far as the handlers has only been promised them
            for name in task.notify or []:
                self.notified.setdefault(name, set()).add(host)

    def v2_runner_on_ok(self, result):
        self.count(self.reached, result)
        self.settle(result)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self.count(self.reached, result)
        self.settle(result)

    def v2_runner_on_skipped(self, result):
        self.settle(result)

    def v2_runner_on_unreachable(self, result):
        self.count(self.lost, result)

    def v2_playbook_on_stats(self, stats):
        hosts = {}
        for host in sorted(stats.processed):
            seen = {"lost": self.lost.get(host, 0), "reached": self.reached.get(host, 0)}
            hosts[host] = {**stats.summarize(host), **seen}
        waiting = {name: sorted(hosts) for name, hosts in self.notified.items() if hosts}
        with open(os.environ["${RECAP_VARIABLE}"], "w") as file:
            json.dump({"hosts": hosts, "plays": self.plays, "waiting": waiting}, file)
`;
