/** `./minilab cost [SESSION] [--json]`: tokens and money of a session, by role, from the ledgers of the roles. */
import { type Config, loadConfig, readEnv } from "../agents/base/config.ts";
import { AppError } from "../agents/base/errors.ts";
import { redisBudgets } from "../agents/bus/redis-account.ts";
import { readLedger } from "../agents/bus/redis-ledger.ts";
import { parseControlState, READ_CONTROL } from "../agents/bus/redis-schema.ts";
import type { RedisStore } from "../agents/bus/redis-store.ts";
import { type Limits, limitsOf } from "../agents/protocol/budget.ts";
import { type Prices, readPrices } from "../agents/protocol/prices.ts";
import type { Redacted } from "../agents/redact/redacted.ts";
import { type BudgetRow, budgetLines, budgetRows, type Found } from "../client/budget.ts";
import { type Cost, costByRole, costOfAll, costText } from "../client/cost.ts";
import { forecastOf, forecastText } from "../client/forecast.ts";
import { inert } from "../client/terminal-safe.ts";
import { SHAPES, withStore } from "./inspect.ts";
import { PROJECT_DIR } from "./team/project.ts";
import { readSessions } from "./team/team-store.ts";

/** Of the current session without a name; a session is named by the beginning of its id, which begins with its day. */
export async function cost(args: string[], signal: AbortSignal): Promise<number> {
  const [wanted = ""] = args.filter((arg) => !arg.startsWith("--"));
  return await withStore(signal, async (store) => {
    const session = await findSession(store, wanted);
    const config = configOfProject();
    const prices = readPrices(config, SHAPES);
    const spending = await readLedger(store, session, SHAPES);
    const total = costOfAll(spending, prices);
    const bank = redisBudgets(store, SHAPES);
    const found = await bank.read({ signal });
    const forecast = forecastOf(await bank.earlier({ signal }), prices);
    const budgets = budgetsOf(session, found, limitsOf(config));
    if (args.includes("--json"))
      console.log(
        JSON.stringify({
          session,
          roles: costByRole(spending, prices),
          total,
          budgets: budgets.rows,
          forecast: forecast ?? null,
          turns: spending,
        }),
      );
    else if (spending.length === 0)
      console.log(`session ${session} has cost nothing yet\n${forecastText(forecast)}`);
    else
      console.log(
        inert(
          `session ${session}\n${[costText(spending, prices), ...budgets.lines, forecastText(forecast)].join("\n")}`,
        ),
      );
    return 0;
  });
}

/** Of the session of now: an earlier one has none any more. */
function budgetsOf(session: string, found: Found, limits: Limits): { rows: BudgetRow[]; lines: Redacted[] } {
  if (found.scopes.session !== session) return { rows: [], lines: [] };
  return { rows: budgetRows(found, limits), lines: budgetLines(found, limits) };
}

export async function costOfSession(store: RedisStore, session: string, prices: Prices): Promise<Cost> {
  return costOfAll(await readLedger(store, session, SHAPES), prices);
}

export function pricesOfProject(): Prices {
  return readPrices(configOfProject(), SHAPES);
}

function configOfProject(): Config {
  return loadConfig({ PROJECT_DIR, ...readEnv(process.env, PROJECT_DIR) });
}

/** By the beginning of its id; the current one for "". AppError `not_found`. */
export async function findSession(store: RedisStore, wanted: string): Promise<string> {
  const current = parseControlState(await store.command(READ_CONTROL))?.session;
  if (wanted === "" && current === undefined)
    throw new AppError("not_found", "no session has begun; ./minilab sessions lists those there are");
  if (wanted === "") return current ?? "";
  const known = new Set([...(await readSessions(store, SHAPES)), ...(current ? [current] : [])]);
  const [found, other] = [...known].filter((session) => session.startsWith(wanted));
  if (found === undefined || other !== undefined)
    throw new AppError(
      "not_found",
      `${found === undefined ? "no session has" : "more than one session has"} an id that begins with ${wanted}; ./minilab sessions lists them`,
    );
  return found;
}
