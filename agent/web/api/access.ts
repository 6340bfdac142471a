/** Signing in and out, users, sessions: /api/v1/session, /sessions, /users. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { ROLES, type Role, type Session, USER_NAME } from '../../contracts/index.ts';
import { asLinesideError, LinesideError } from '../../errors.ts';
import { Lockout } from '../doors/lockout.ts';
import { OneTimeCode } from '../doors/one-time-code.ts';
import { PASSWORD_LEAST, PASSWORD_MOST, Passwords } from '../doors/passwords.ts';
import { LONGEST, type Sessions } from '../doors/sessions.ts';
import type { PagePorts } from '../ports.ts';
import { answers, NoContent, Time } from './schemas.ts';

const RoleSchema = Type.Enum([...ROLES], { description: 'Each may what those before it may.' });
const Name = Type.String({ minLength: 1, maxLength: 64, description: 'Name of a user.' });
const Password = Type.String({ minLength: 1, maxLength: PASSWORD_MOST * 2 });
const NewPassword = Type.String({ minLength: 1, maxLength: PASSWORD_MOST * 2, description: `At least ${PASSWORD_LEAST} characters.` });
const SessionSchema = Type.Object({
  id: Type.String(),
  user: Type.String(),
  role: RoleSchema,
  address: Type.String({ description: 'That it was begun from.' }),
  began: Time,
  seen: Time,
  ends: Time,
  own: Type.Boolean({ description: 'The one that asks.' }),
});
const SignedIn = Type.Object({ user: Type.String(), role: RoleSchema, ends: Time });
const Here = Type.Object({
  session: Type.Union([SignedIn, Type.Null()]),
  local: Type.Boolean({ description: 'Asked on the box itself.' }),
  may_look: Type.Boolean({ description: 'Without signing in.' }),
  password_set: Type.Boolean({ description: 'false: nobody can sign in yet.' }),
});
const UserSchema = Type.Object({ name: Type.String(), role: RoleSchema, changed: Time });
const Credentials = Type.Object({ user: Name, password: Password }, { additionalProperties: false });

/** Failed sign-ins that go on record: the record is not to be filled by somebody who guesses. */
const RECORDED_EVERY = 10_000;

export interface AccessRoutes {
  readonly ports: PagePorts;
  readonly sessions: Sessions;
  /** Over TLS the browser shows its cookie nowhere else. */
  readonly cookie: (request: FastifyRequest) => { readonly name: string; readonly secure: boolean };
}

export const accessRoutes: FastifyPluginAsyncTypebox<AccessRoutes> = async (app, options) => {
  const desk = new AccessDesk(options);
  const { ports, sessions } = options;
  app.addHook('onClose', () => desk.close());

  app.get(
    '/session',
    { config: { needs: 'nobody' }, schema: { summary: 'Who asks, and what for', response: answers(Here) } },
    async ({ caller: { session, isLocal } }) => ({
      session: session && { user: session.user, role: session.role, ends: session.endsAt },
      local: isLocal,
      may_look: isLocal || session !== null,
      password_set: ports.passwordWasSet() && (await ports.access.hasUsers()),
    }),
  );
  app.post(
    '/session',
    { config: { needs: 'nobody' }, schema: { summary: 'Sign in', body: Credentials, response: answers(SignedIn) } },
    async (request, reply) => desk.signIn(request, reply, request.body),
  );
  app.delete('/session', { config: { needs: 'nobody' }, schema: { summary: 'Sign out', response: NoContent } }, async (request, reply) => {
    const { session } = request.caller;
    if (session) await sessions.end(session.id);
    reply.clearCookie(options.cookie(request).name, { path: '/' });
    return reply.code(204).send(null);
  });
  app.put(
    '/session/password',
    {
      config: { needs: 'operator' },
      schema: {
        summary: 'Another password of one’s own; all sessions end but a new one here',
        body: Type.Object({ password: Password, new: NewPassword }, { additionalProperties: false }),
        response: answers(SignedIn),
      },
    },
    async (request, reply) => desk.changeOwn(request, reply, request.body),
  );
  app.post(
    '/session/code',
    {
      config: { needs: 'nobody' },
      schema: {
        summary: 'Write a one-time code into a file that the agent’s user can read',
        response: answers(Type.Object({ file: Type.String(), good_for_s: Type.Integer({ minimum: 0 }) })),
      },
    },
    async ({ caller }) => desk.askCode(caller.address),
  );
  app.post(
    '/session/reset',
    {
      config: { needs: 'nobody' },
      schema: {
        summary: 'With the one-time code: set the password of an admin, and sign in',
        body: Type.Object({ code: Type.String({ maxLength: 64 }), user: Name, password: NewPassword }, { additionalProperties: false }),
        response: answers(SignedIn),
      },
    },
    async (request, reply) => desk.reset(request, reply, request.body),
  );
  addSessions(app, desk, options);
  addUsers(app, desk, options);
};

type App = Parameters<FastifyPluginAsyncTypebox<AccessRoutes>>[0];

function addSessions(app: App, desk: AccessDesk, { ports, sessions }: AccessRoutes): void {
  const mine = (own: Session) => (of: Session) => own.role === 'admin' || of.user === own.user;
  app.get(
    '/sessions',
    {
      config: { needs: 'operator' },
      schema: { summary: 'Who is signed in; for others than admins their own', response: answers(Type.Array(SessionSchema)) },
    },
    async ({ caller }) => {
      const own = ownOf(caller);
      const all = await ports.access.sessions(ports.clock.now());
      return all.filter(mine(own)).map(({ beganAt, seenAt, endsAt, ...of }) => ({
        ...of,
        began: beganAt,
        seen: seenAt,
        ends: endsAt,
        own: of.id === own.id,
      }));
    },
  );
  app.delete(
    '/sessions/:id',
    {
      config: { needs: 'operator' },
      schema: { summary: 'End a session', params: Type.Object({ id: Type.String({ maxLength: 64 }) }), response: NoContent },
    },
    async ({ caller, params: { id } }, reply) => {
      const own = ownOf(caller);
      const found = (await ports.access.sessions(ports.clock.now())).find((session) => session.id === id);
      if (!found || !mine(own)(found)) throw new LinesideError('WEB_UNKNOWN', { what: `session ${id}` });
      await desk.recorded(own.user, 'end_session', { user: found.user, address: found.address }, () => sessions.end(id));
      return reply.code(204).send(null);
    },
  );
}

function addUsers(app: App, desk: AccessDesk, { ports, sessions }: AccessRoutes): void {
  const params = Type.Object({ name: Type.String({ minLength: 1, maxLength: 64 }) });
  app.get(
    '/users',
    { config: { needs: 'admin' }, schema: { summary: 'Users and their roles', response: answers(Type.Array(UserSchema)) } },
    async () => (await ports.access.users()).map(({ name, role, changedAt }) => ({ name, role, changed: changedAt })),
  );
  app.put(
    '/users/:name',
    {
      config: { needs: 'admin' },
      schema: {
        summary: 'Make or change a user; its sessions end',
        params,
        body: Type.Object(
          { role: RoleSchema, password: Type.Optional(NewPassword) },
          { additionalProperties: false, description: 'Without a password a user that there is keeps his.' },
        ),
        response: answers(UserSchema),
      },
    },
    async ({ caller, params: { name }, body }) => {
      const { user } = ownOf(caller);
      return desk.recorded(user, 'user', { user: name, role: body.role, password: body.password !== undefined }, () =>
        desk.putUser(name, body.role, body.password),
      );
    },
  );
  app.delete(
    '/users/:name',
    { config: { needs: 'admin' }, schema: { summary: 'Remove a user', params, response: NoContent } },
    async ({ caller, params: { name } }, reply) => {
      await desk.recorded(ownOf(caller).user, 'remove_user', { user: name }, async () => {
        await desk.keepAnAdmin(name, null);
        if (!(await ports.access.remove(name))) throw new LinesideError('WEB_UNKNOWN', { what: `user ${name}` });
        sessions.forget();
      });
      return reply.code(204).send(null);
    },
  );
}

/** The guard has let nobody through without one. */
function ownOf({ session }: FastifyRequest['caller']): Session {
  if (!session) throw new LinesideError('WEB_SIGN_IN_NEEDED');
  return session;
}

class AccessDesk {
  private readonly options: AccessRoutes;
  private readonly passwords = new Passwords();
  private readonly lockout: Lockout;
  private readonly code: OneTimeCode;
  private recordedAt = Number.NEGATIVE_INFINITY;
  private unrecorded = 0;

  constructor(options: AccessRoutes) {
    this.options = options;
    const { clock, folder } = options.ports;
    this.lockout = new Lockout(clock);
    this.code = new OneTimeCode(folder, clock);
  }

  async signIn(request: FastifyRequest, reply: FastifyReply, { user: name, password }: { user: string; password: string }) {
    const { address } = request.caller;
    const user = await this.known(name);
    const who = { user: user?.name ?? null, address };
    this.slow(who);
    if (!(await this.passwords.check(password, user?.secret ?? null)) || !user) {
      this.refused('sign_in', user?.name ?? '', address);
      throw new LinesideError('WEB_SIGN_IN_REFUSED');
    }
    this.lockout.forget(who);
    return this.welcome(request, reply, user);
  }

  async changeOwn(request: FastifyRequest, reply: FastifyReply, { password, new: next }: { password: string; new: string }) {
    const { user: name } = ownOf(request.caller);
    const user = await this.known(name);
    const who = { user: name, address: request.caller.address };
    this.slow(who);
    if (!user || !(await this.passwords.check(password, user.secret))) {
      this.refused('password', name, who.address);
      throw new LinesideError('WEB_SIGN_IN_REFUSED');
    }
    this.lockout.forget(who);
    await this.recorded(name, 'password', { user: name }, () => this.putUser(name, user.role, next));
    return this.welcome(request, reply, user);
  }

  async askCode(address: string) {
    const ms = await this.code.ask();
    this.options.ports.log.info({ file: this.code.file, address }, 'somebody asked for a one-time code');
    return { file: this.code.file, good_for_s: Math.round(ms / 1000) };
  }

  async reset(
    request: FastifyRequest,
    reply: FastifyReply,
    { code, user: name, password }: { readonly code: string; readonly user: string; readonly password: string },
  ) {
    const who = { user: null, address: request.caller.address };
    this.slow(who);
    // What would be refused anyway is not to use up the code.
    checkName(name);
    const secret = await this.passwords.make(password);
    if (!(await this.code.take(code))) {
      this.refused('one_time_code', '', who.address);
      throw new LinesideError('WEB_CODE_REFUSED');
    }
    this.lockout.forget(who);
    const user = { name, role: 'admin', secret, changedAt: this.options.ports.clock.now() } as const;
    await this.recorded(name, 'one_time_code', { user: name, role: 'admin' }, () => this.options.ports.access.put(user));
    this.options.sessions.forget();
    return this.welcome(request, reply, user);
  }

  async putUser(name: string, role: Role, password: string | undefined) {
    const { access, clock } = this.options.ports;
    checkName(name);
    const before = await access.user(name);
    if (!before && password === undefined) throw new LinesideError('WEB_INVALID', { why: `${name} is new and needs a password` });
    await this.keepAnAdmin(name, role);
    const secret = password === undefined ? (before?.secret ?? '') : await this.passwords.make(password);
    const changedAt = clock.now();
    await access.put({ name, role, secret, changedAt });
    this.options.sessions.forget();
    return { name, role, changed: changedAt };
  }

  /** Somebody has to be able to give roles. */
  async keepAnAdmin(name: string, role: Role | null): Promise<void> {
    if (role === 'admin') return;
    const users = await this.options.ports.access.users();
    const [one, ...others] = users.filter((user) => user.role === 'admin');
    if (others.length === 0 && one?.name === name) throw new LinesideError('USAGE', { why: `${name} is the only admin` });
  }

  /** Done or refused, it is on record. */
  async recorded<T>(who: string, verb: string, detail: Readonly<Record<string, unknown>>, work: () => Promise<T>): Promise<T> {
    const { audit } = this.options.ports;
    try {
      const done = await work();
      audit({ who, verb, detail, outcome: 'done' });
      return done;
    } catch (thrown) {
      audit({ who, verb, detail, outcome: asLinesideError(thrown).message });
      throw thrown;
    }
  }

  async close(): Promise<void> {
    await this.code.forget();
  }

  private async welcome(request: FastifyRequest, reply: FastifyReply, { name, role }: { readonly name: string; readonly role: Role }) {
    const { sessions, cookie, ports } = this.options;
    const { address, session: before } = request.caller;
    if (before) await sessions.end(before.id);
    const { shown, endsAt } = await sessions.begin(name, address);
    const { name: cookieName, secure } = cookie(request);
    // A session goes on while it is used, up to its longest; the browser is told once, and by its own clock.
    reply.setCookie(cookieName, shown, { path: '/', httpOnly: true, sameSite: 'strict', secure, maxAge: LONGEST / 1000 });
    ports.audit({ who: name, verb: 'sign_in', detail: { address }, outcome: 'done' });
    return { user: name, role, ends: endsAt };
  }

  /** Where nobody ever set a password, no file is made by asking. */
  private async known(name: string) {
    const { passwordWasSet, access } = this.options.ports;
    return passwordWasSet() ? access.user(name) : null;
  }

  private slow(who: { readonly user: string | null; readonly address: string }): void {
    const wait = this.lockout.begin(who);
    if (wait > 0) throw new LinesideError('WEB_SLOWED', { seconds: Math.ceil(wait / 1000) });
  }

  private refused(verb: string, who: string, address: string): void {
    const { clock, audit } = this.options.ports;
    this.unrecorded++;
    if (clock.elapsed() - this.recordedAt < RECORDED_EVERY) return;
    this.recordedAt = clock.elapsed();
    audit({ who, verb, detail: { address, tries: this.unrecorded }, outcome: 'refused' });
    this.unrecorded = 0;
  }
}

function checkName(name: string): void {
  if (!USER_NAME.test(name))
    throw new LinesideError('USAGE', { why: 'a user’s name has letters, digits, spaces and . _ @ -, and begins with a letter or digit' });
}
