/**
 * The words of the agent as types, and the contracts its parts meet by. Knows nobody but errors and time.
 *
 * Conventions: a `...At`, `captured`, `source` or `server` field is wall time in ms since the epoch; an `...Ms` field is a length of
 * time; names of tags are written `server.tag` everywhere outside agent/sources/opcua.
 */

export * from './access.ts';
export * from './calendar.ts';
export * from './challenges.ts';
export * from './charts.ts';
export * from './containment.ts';
export * from './figures.ts';
export * from './following.ts';
export * from './format.ts';
export * from './glob.ts';
export * from './history.ts';
export * from './inspections.ts';
export * from './job-orders.ts';
export * from './kpi.ts';
export * from './log.ts';
export * from './look.ts';
export * from './marks.ts';
export * from './material.ts';
export * from './models.ts';
export * from './notes.ts';
export * from './pictures.ts';
export * from './planning.ts';
export * from './publishing.ts';
export * from './quotes.ts';
export * from './records.ts';
export * from './replay.ts';
export * from './report.ts';
export * from './routes.ts';
export * from './runs.ts';
export * from './secrets.ts';
export * from './studies.ts';
export * from './study-part.ts';
export * from './summaries.ts';
export * from './tags.ts';
export * from './texts.ts';
export * from './tools.ts';
export * from './verdicts.ts';
export * from './what-if.ts';
