/** /api/v1: what the page is made of, and everybody else may use. */
import cookies from '@fastify/cookie';
import rateLimit from '@fastify/rate-limit';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { LinesideError } from '../../errors.ts';
import { admit, callerOf, refuseForeign } from '../doors/callers.ts';
import { Sessions } from '../doors/sessions.ts';
import { type ApiOptions, apiRoutes, cookieOf } from './routes.ts';

/** Addresses whose requests are counted at once. */
const COUNTED = 1000;
/** Behind its doors. */
export const api: FastifyPluginAsyncTypebox<ApiOptions> = async (app, options) => {
  const { ports, source, rate } = options;
  const sessions = new Sessions(ports);
  await app.register(cookies);
  await app.register(rateLimit, {
    global: false,
    max: rate,
    timeWindow: 60_000,
    cache: COUNTED,
    errorResponseBuilder: (_, { ttl }) => new LinesideError('WEB_SLOWED', { seconds: Math.ceil(ttl / 1000) }),
  });
  app.decorateRequest('caller');
  // Before anything else is looked at: whoever is refused at the doors is counted too.
  app.addHook('onRequest', app.rateLimit());
  app.addHook('onRequest', async (request, reply) => {
    reply.header('cache-control', 'no-store');
    request.caller = callerOf(request, null);
    refuseForeign(request);
    const shown = request.cookies[cookieOf(request).name];
    const session = shown !== undefined && ports.passwordWasSet() ? await sessions.of(shown) : null;
    request.caller = callerOf(request, session);
    admit(request.caller, request.routeOptions.config.needs ?? 'admin');
  });
  await app.register(apiRoutes, { ports, source, rate, sessions });
  addDocument(app, { ports, source, rate });
};

function addDocument(app: Parameters<typeof api>[0], options: ApiOptions): void {
  let document: Promise<string> | null = null;
  app.get(
    '/openapi.json',
    { config: { needs: 'look' }, schema: { summary: 'This API as OpenAPI', response: { 200: Type.Unknown() } } },
    async (_, reply) => {
      document ??= import('../openapi.ts').then(({ openApi }) => openApi(options, options.ports.live.line().version));
      const text = await document;
      return reply
        .type('application/json')
        .serializer((known: unknown) => known as string)
        .send(text as never);
    },
  );
}
