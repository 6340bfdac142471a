/**
 * The files of the page, as `npm run build` has made them: named after their contents, so that a browser keeps them for ever, and compressed
 * ahead of time. Every address that is no file is one of the page's own views, so that a view can be reloaded, kept and sent to others.
 */
import { existsSync } from 'node:fs';
import { join, sep } from 'node:path';
import files from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

const YEAR = 365 * 24 * 3600;
const FIRST = 'index.html';

/** Adds the files of `folder`; false where there is no page in it. */
export async function addPageFiles(app: FastifyInstance, folder: string): Promise<boolean> {
  if (!existsSync(join(folder, FIRST))) return false;
  const named = join(folder, 'assets') + sep;
  await app.register(files, {
    root: folder,
    prefix: '/',
    // Each file a route of its own, found at the start: no path of a request is ever looked for on the disk.
    wildcard: false,
    index: [FIRST],
    preCompressed: true,
    cacheControl: false,
    setHeaders: (response, path) => {
      response.header('cache-control', path.startsWith(named) ? `public, max-age=${YEAR}, immutable` : 'no-cache');
    },
  });
  return true;
}

/** Somebody types, reloads or follows an address of a view. */
export function asksForView({ method, url, headers }: FastifyRequest): boolean {
  if (method !== 'GET' && method !== 'HEAD') return false;
  return !/^\/(api|assets)(\/|$)/.test(url) && (headers.accept ?? '').includes('text/html');
}

export const sendView = (reply: FastifyReply): FastifyReply => reply.code(200).sendFile(FIRST);
