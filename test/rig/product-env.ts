/** What the product takes over from this machine when a suite starts it, whatever else the suite sets. */

/** Where programs are, those that ./minilab has brought included, and what confines them: an empty value is the default. */
export function productEnv(): { PATH: string; SANDBOX: string; MINILAB_PROGRAMS: string } {
  const { PATH = "", SANDBOX = "", MINILAB_PROGRAMS = "" } = process.env;
  return { PATH, SANDBOX, MINILAB_PROGRAMS };
}
