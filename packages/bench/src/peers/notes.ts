/** What the page says beside its figures. */
export const PEER_INTRODUCTION = `# Benchmarks beside other products

This page is written by \`npx pnpm@12 bench --peers\`, never by hand. It puts Freehold beside the stores of
[Mastra](https://mastra.ai) and the checkpoint savers of [LangGraph](https://www.langchain.com/langgraph): the same work, on
the same servers, with the same durability, in one run. The *ratio* is what the peer takes, divided by what Freehold takes:
below 1 the peer is ahead, at 2.00 it takes twice as much. Where a peer is ahead comes first. What the raw drivers can do is on
[another page](benchmarks.md).`

export const PEER_NOTES = `## How to read this

- Each subject is a process of its own, of the same version of Node.js, with a pool of at most 8 connections and a database of
  its own. Freehold has a file of SQLite through better-sqlite3 13. They take turns, repetition by repetition, another first each time. The clock runs in the subject's process, and
  begins when its records are made.
- Spans have ids, a kind, a name, times, a user, a session, a model and its tokens or a tool, an input and an output; no text is
  in two of them. Ten are a trace. Freehold writes with \`traces.write\`, Mastra with \`batchCreateSpans\`. Freehold counts a
  summary of each trace meanwhile, tells new spans from known ones and keeps what both say; Mastra's stores insert rows.
- An update is the end of a span that was written when it began: its time, output, tokens, error. Freehold is told by
  \`traces.write\` and Mastra by \`batchUpdateSpans\`; its vNext store keeps another row of the span (\`batchCreateSpans\`).
- A list is of the 50 newest traces. Freehold lists summaries without payloads and tells whether there are more; Mastra's
  \`listTraces\` gives the root spans whole, and counts all that match. By error: Freehold finds traces with any span that
  failed, Mastra those whose root did, which here are the same, and by tool its vNext store gives the calls
  (\`listBranches\`). The same traces came back from all, in the same order, or there is no figure. Listed traces have two spans.
- A trace is read whole, with every input and output.
- A run is 8 messages, 10 KB in all. Freehold appends it to a session, Mastra saves its messages to a thread, LangGraph puts a
  checkpoint. A graph that keeps its conversation has all of it in each checkpoint: that is "a conversation of". A graph whose
  state is its last run is the line "with no memory of them"; Freehold keeps them all the same.
- A cold start is that of a process until it has had a first answer from tables that are there: a list of one trace, of
  LangGraph the checkpoint of a thread that it has not. Memory is the most that the process had while it wrote, the spans
  themselves included. Bytes on disk are what the database grew by, its indexes included and its log not.
- Statements are what a server is told to execute, \`begin\` and \`commit\` included, counted between the process and the server:
  simple queries and executions on PostgreSQL, \`COM_QUERY\` and \`COM_STMT_EXECUTE\` on MySQL and MariaDB, commands of MongoDB.
  SQLite is in the process, where nothing stands between.
- LangGraph keeps no traces, so it is in the lines of runs and cold starts only; the vNext store shares the runs of Mastra's other one.
- The driver of LangGraph's SQLite saver can end its process while it releases statements that are no longer used, in a native
  assertion of its own: what it was at then has no figure.`
