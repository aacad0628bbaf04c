/** Tells when input has been quiet for a moment: lines that arrive in one burst belong together. */

/** Longer than the gaps inside a paste, shorter than anybody types. */
const QUIET_MS = 40;

export type QuietTimer = {
  /** Something arrived. */
  restart: () => void;
  cancel: () => void;
};

export function createQuietTimer(onQuiet: () => void, quietMs: number = QUIET_MS): QuietTimer {
  let timer: NodeJS.Timeout | undefined;
  let arrivals = 0;
  const fire = () => {
    const before = arrivals;
    // A busy process sees its timers before what has long arrived: look once more before believing.
    setImmediate(() => {
      if (arrivals === before) onQuiet();
    });
  };
  return {
    restart: () => {
      arrivals++;
      clearTimeout(timer);
      timer = setTimeout(fire, quietMs);
    },
    cancel: () => {
      arrivals++;
      clearTimeout(timer);
    },
  };
}
