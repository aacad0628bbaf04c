/** Which paths on the machine of the team lie in what is the team's: the workspace, /tmp, and what is named from a playbook. */

const TEAM =
  /^(?:\/(?:app\/(?:config|infra|docs)|tmp)\/|\{\{ ?(?:playbook_dir|role_path) ?\}\}\/|(?!~)[\w.-]+(?:\/|$))/;

export function isTeamPath(path: unknown): path is string {
  return typeof path === "string" && TEAM.test(path) && !path.split("/").includes("..");
}

/** What Ansible loads or includes by itself, wherever it lies. */
const LOADED =
  /^(?:library|module_utils|[a-z]+_plugins|roles|collections|group_vars|host_vars|tasks|handlers|vars|defaults|meta)$|\.(?:py|cfg)$/;
const OWN_FOLDER = /^\{\{ ?(?:playbook_dir|role_path) ?\}\}\//;

/** A file of the team that no run loads, under a name that is known before; not what a run keeps for itself in /tmp/app. */
export function isTeamOutput(path: unknown): path is string {
  if (!isTeamPath(path)) return false;
  const rest = path.replace(OWN_FOLDER, "");
  const parts = rest.split("/");
  const isOfRun = /^\/+tmp\/+(?:\.\/+)*app(?:\/|$)/.test(path);
  return !isOfRun && !/[{~]/.test(rest) && !parts.some((part) => LOADED.test(part));
}
