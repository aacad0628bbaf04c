/** What a system call on /etc/pve ends with when it is refused: an error number of Linux. */

/** The same on every processor that the lab runs on. */
export const ERRNO = {
  EPERM: 1,
  ENOENT: 2,
  EIO: 5,
  EACCES: 13,
  EEXIST: 17,
  ENOTDIR: 20,
  EISDIR: 21,
  EINVAL: 22,
  EFBIG: 27,
  ENOSPC: 28,
  ENAMETOOLONG: 36,
  ENOSYS: 38,
  ENOTEMPTY: 39,
} as const;

export type ErrorName = keyof typeof ERRNO;

export class FileError extends Error {
  readonly errno: number;

  constructor(name: ErrorName) {
    super(name);
    this.errno = ERRNO[name];
  }
}
