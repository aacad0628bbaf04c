/** Which paths on the machine of the team lie in what is the team's: the workspace, /tmp, and what is named from a playbook. */

const TEAM =
  /^(?:\/(?:app\/(?:config|infra|docs)|tmp)\/|\{\{ ?(?:playbook_dir|role_path) ?\}\}\/|(?!~)[\w.-]+(?:\/|$))/;

export function isTeamPath(path: unknown): path is string {
  return typeof path === "string" && TEAM.test(path) && !path.split("/").includes("..");
}
