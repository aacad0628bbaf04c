/** Where the team's documents are in a checkout: what models know as /app/docs. */
export const TEAM_DOCUMENTS = "docs/team";
