/**
 * The words of the agent as types, and the contracts its parts meet by. Knows nobody but errors and time.
 *
 * Conventions: a `...At`, `captured`, `source` or `server` field is wall time in ms since the epoch; an `...Ms` field is a length of
 * time; names of tags are written `server.tag` everywhere outside agent/sources/opcua.
 */

export * from './contracts/format.ts';
export * from './contracts/inspections.ts';
export * from './contracts/log.ts';
export * from './contracts/models.ts';
export * from './contracts/pictures.ts';
export * from './contracts/publishing.ts';
export * from './contracts/tags.ts';
export * from './contracts/verdicts.ts';
