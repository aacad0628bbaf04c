/** The rule of how long files may be, as functions over sources. A suite is as long as its subject. */
import { isTestFile, type Sources } from "./import-rule.ts";

const MAX_LINES = 200;
/** Nine of ten files are no longer. */
const MAX_P90 = 150;

/** Files above 200 lines whose header does not say why. */
export function oversized(sources: Sources): string[] {
  return [...sources].flatMap(([file, source]) => {
    if (isTestFile(file)) return [];
    const header = source.slice(0, source.indexOf("\nimport") + 1 || 800);
    return lengthOf(source) <= MAX_LINES || /\bLong because\b/.test(header)
      ? []
      : [`${file} has ${lengthOf(source)} lines and no reason in its header`];
  });
}

/** The files above 150 lines, the longest last, when they are more than one in ten. */
export function tooManyLong(sources: Sources): string[] {
  const own = [...sources].filter(([file]) => !isTestFile(file));
  const long = own.filter(([, source]) => lengthOf(source) > MAX_P90);
  if (long.length <= own.length / 10) return [];
  return long
    .toSorted(([, one], [, other]) => lengthOf(one) - lengthOf(other))
    .map(([file, source]) => `${lengthOf(source)} ${file}`);
}

function lengthOf(source: string): number {
  return source.split("\n").length - 1;
}
