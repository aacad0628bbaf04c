/** Runs to its end before the containers of the team start: makes of the mounted folder of documents what the team and people expect. */
import { openDocuments } from "./team/team-documents.ts";

openDocuments(process.argv[2] ?? "/workspace/docs");
