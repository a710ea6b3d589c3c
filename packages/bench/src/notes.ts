/** What a page says beside its figures. */
export const INTRODUCTION = `# Benchmarks

This page is written by \`npx pnpm@12 bench\`, never by hand. It puts Freehold beside what a good engineer would write for
the same rows and the same tables with the raw driver, in one run, with the same durability: a write that was acknowledged
is on the disk. The *share* is the time by hand divided by Freehold's time: 1.00 is as fast, 0.50 takes twice as long.
The share is what counts; the rest depends on the machine. Beside other products it is on [another page](benchmarks-peers.md).`

export const OF_A_FRONT_END = `This is not MongoDB. It is the DocumentDB engine, in PostgreSQL, behind a front end of this repository
([gateway](../packages/databases/src/gateway)), which speaks MongoDB's protocol for the tests. The front end is one
process of Node.js and stands in the way of both sides: no figure here tells how fast MongoDB is, or Freehold on it.`

export const WHERE_TIME_GOES = `## Where the time of a batch goes

Milliseconds that one batch of 500 new spans of about 2.4 KB takes, one batch after the other, as the profiler of Node.js sees
the process: what it does itself, and how long it waits. \`npx pnpm@12 bench --profile\` measures the second table. The two were
measured one after the other, on a machine of two cores whose speed drifted by a third meanwhile: compare within a column.`

export const NOT_MEASURED = `## Not measured

Budgets on which no line above decides:

| what | budget | |
| --- | --- | --- |
| list the 50 newest of 1,000,000 traces against 10,000 (the lines above go to 200,000) | ≤ 1.5 × | not measured |
| ingest against another product's store on the same engine | ≥ 3 × | [on a page of its own](benchmarks-peers.md) |
| recording a span on the agent's thread | p99 < 50 µs | not measured |
| dropping a day of 60,000 spans, on PostgreSQL and MySQL | < 100 ms, and the disk comes back | not measured |`

export const NOTES = `## How to read this

- The two sides take turns, repetition by repetition, so that whatever else the machine does hits both. They share its
  cores with the database.
- Spans are those of an agent at work: traces of 20, calls of a model and of tools, about 2.4 KB of JSON each. All are new.
  Writers are concurrent calls in one process, each with a connection of its own from a pool of 8; on SQLite they take turns.
- By hand means the database's part alone. The rows of an ingest are read back from what Freehold wrote and prepared before
  the clock starts: no checks, no summaries counted, no JSON made, and a span that comes twice is an error. Freehold's side
  is everything: checks, copies, ranks, summaries, rows, and telling what is new from what is there.
- Told again with a change are spans that were written whole a moment before, each with an end of its own; sent again are
  the same records, as a client does that got no answer. Both are put beside writing as many new ones, not beside the driver.
- Spans of other sizes have so much input and output together, once all distinct and once all alike, in batches of some 4 MB.
- A growing run is that of an agent of 50 steps whose every call of a model is told all that was said before, through the
  processor, as the AI SDK reports it and as the recorded trace of a framework has it; the bytes are those of the file, or of
  the tables, beside the bytes of the attributes and of what in them is distinct.
- The event loop is held for the longest time between two turns of it while 500 spans are written, by a call on the same thread
  and by one in a worker that opened the storage itself. Work by hand is not put beside it: its rows were made before.
- Lists read summaries only, so only those are loaded. By hand it is the same SELECT, without turning rows into objects.
- Appending by hand locks the session, inserts and counts in one transaction. Deciding by hand reads the whole approval, updates
  it if its version stands, and adds the event. The audit by hand locks the head, hashes, inserts and moves the head, once
  for each call; where many calls come at once, Freehold may write those that wait together.
- Verifying by hand follows the hashes. Freehold also compares every column with the text that was hashed.
- Bytes written are those of the engine's log: SQLite's WAL, which holds every page that changed whole, PostgreSQL's WAL,
  the redo log of MySQL and MariaDB without their binary log. MongoDB and DocumentDB do not tell.
- By hand on MongoDB there is no transaction, as a server of one has none; each update says what it expects to find.`
