/** The routes of /api/v1 without their doors: what `openapi.ts` describes and `index.ts` serves. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { Sessions } from '../doors/sessions.ts';
import type { PagePorts, WebSource } from '../ports.ts';
import { compileSchema } from '../validation.ts';
import { accessRoutes } from './access.ts';
import { askingRoutes } from './asking.ts';
import { caseRoutes } from './cases.ts';
import { changeRoutes } from './changes.ts';
import { chartRoutes } from './charts.ts';
import { configRoutes } from './config.ts';
import { containmentRoutes } from './containments.ts';
import { figureRoutes } from './figures.ts';
import { firstConfigRoutes } from './first-config.ts';
import { hoursRoutes } from './hours.ts';
import { inspectionRoutes } from './inspections.ts';
import { lineRoutes } from './line.ts';
import { liveRoutes } from './live.ts';
import { materialRoutes } from './material.ts';
import { noteRoutes } from './notes.ts';
import { planningRoutes } from './planning.ts';
import { routedRoutes } from './routed.ts';
import { scoreRoutes } from './scores.ts';
import { shiftRoutes } from './shifts.ts';
import { studyRoutes } from './studies.ts';
import { supportRoutes } from './support.ts';
import { teachRoutes } from './teach.ts';
import { textRoutes } from './texts.ts';
import { toolRoutes } from './tools.ts';

export interface ApiOptions {
  readonly ports: PagePorts;
  readonly source: WebSource;
  /** Requests a minute that one address may make. */
  readonly rate: number;
}

/** `__Host-`: of this host alone, over TLS (RFC 6265bis 4.1.3.2). */
const COOKIE = { plain: 'lineside', tls: '__Host-lineside' } as const;

const isTls = ({ socket }: FastifyRequest): boolean => 'encrypted' in socket && socket.encrypted === true;
export const cookieOf = (request: FastifyRequest) => ({ name: isTls(request) ? COOKIE.tls : COOKIE.plain, secure: isTls(request) });

export const apiRoutes: FastifyPluginAsyncTypebox<ApiOptions & { readonly sessions?: Sessions }> = async (app, options) => {
  const { ports, source, sessions = new Sessions(ports) } = options;
  app.setValidatorCompiler(compileSchema);
  app.setSerializerCompiler(() => JSON.stringify);
  await app.register(accessRoutes, { ports, sessions, cookie: cookieOf });
  await app.register(lineRoutes, { ports, source });
  await app.register(liveRoutes, { ports, source, sessions, cookie: cookieOf });
  await app.register(inspectionRoutes, { ports });
  await app.register(askingRoutes, { ports });
  await app.register(figureRoutes, { ports });
  await app.register(hoursRoutes, { ports });
  await app.register(containmentRoutes, { ports });
  await app.register(noteRoutes, { ports });
  await app.register(caseRoutes, { ports });
  await app.register(textRoutes, { ports });
  await app.register(planningRoutes, { ports });
  await app.register(routedRoutes, { ports });
  await app.register(materialRoutes, { ports });
  await app.register(toolRoutes, { ports });
  await app.register(changeRoutes, { ports });
  await app.register(chartRoutes, { ports });
  await app.register(configRoutes, { ports });
  await app.register(firstConfigRoutes, { ports });
  await app.register(teachRoutes, { ports });
  await app.register(scoreRoutes, { ports });
  await app.register(shiftRoutes, { ports });
  await app.register(studyRoutes, { ports });
  await app.register(supportRoutes, { ports, source });
};
