/** Long output: the model gets head and tail and the name of the file that has all of it. */

/** Where full outputs go: a folder under /app/docs that the model can read with read_file. */
export type Artifacts = {
  /** Real folder, and the same folder as the model sees it. */
  directory: string;
  visibleDirectory: string;
};
