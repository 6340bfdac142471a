/**
 * What the API takes and answers, as OpenAPI: out of the schemas that requests are checked by. Made when it is first asked for, from routes of its
 * own that nobody can reach, so that no agent carries the generator along.
 */
import swagger from '@fastify/swagger';
import fastify from 'fastify';
import { type ApiOptions, apiRoutes } from './api/routes.ts';
import type { Needs } from './doors/callers.ts';

const DESCRIPTION = `What the page of the agent is made of. On the box itself everything can be read without signing in; what changes
something wants a session and the header \`X-Lineside\`. Faults are problem details (RFC 9457) with a code of docs/errors.md.`;

export async function openApi(options: ApiOptions, version: string): Promise<string> {
  const app = fastify({ logger: false });
  await app.register(swagger, {
    transform: ({ schema, url, route }) => ({ schema: { ...schema, security: securityOf(route.config?.needs ?? 'admin') }, url }),
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Lineside', version, description: DESCRIPTION.replaceAll('\n', ' ') },
      servers: [{ url: '/api/v1' }],
      components: { securitySchemes: { session: { type: 'apiKey', in: 'cookie', name: 'lineside' } } },
    },
  });
  await app.register(apiRoutes, options);
  await app.ready();
  const document = JSON.stringify(app.swagger());
  await app.close();
  return document;
}

/** Roles as OpenAPI 3.1 has them of any scheme; each may what those before it may. What is only looked at wants nobody on the box itself. */
function securityOf(needs: Needs): readonly Readonly<Record<string, readonly string[]>>[] {
  if (needs === 'nobody') return [];
  return needs === 'look' ? [{}, { session: [] }] : [{ session: [needs] }];
}
