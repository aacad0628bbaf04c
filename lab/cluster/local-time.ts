/** Times as C's localtime shows them on a node, whose zone is UTC. */

/** `Thu Feb 26 15:22:49 2026`. `now` in milliseconds since the epoch. */
export function asctime(now: number): string {
  const [weekday = "", day = "", month = "", year = "", time = ""] = new Date(now)
    .toUTCString()
    .replace(",", "")
    .split(" ");
  return `${weekday} ${month} ${day.replace(/^0/, " ")} ${time} ${year}`;
}
