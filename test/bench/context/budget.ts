/** The budget that agents have without settings of their own. */
import { loadConfig } from "../../../agents/base/config.ts";
import { contextBudget } from "../../../agents/runtime/context-budget.ts";

export const BUDGET = contextBudget(loadConfig({}));
