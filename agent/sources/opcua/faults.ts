/** What node-opcua throws, in the words of the error table. The library puts status codes into message texts; nothing else tells. */
import { LinesideError, messageOf } from '../../errors.ts';

/** For the next step of whoever has to mend it. */
export interface Own {
  /** Path of the agent's certificate. */
  readonly certificate: string;
  /** SHA-1 of it, as servers show it. */
  readonly thumbprint: string;
}

type Code = 'OPCUA_REFUSED' | 'OPCUA_USER' | 'OPCUA_FULL' | 'OPCUA_TOO_LARGE' | 'OPCUA_DISTRUSTED';

/** In this order: the first that fits. What none fits is OPCUA_UNREACHABLE. */
const CODES: readonly (readonly [RegExp, Code])[] = [
  // It is we who looked here: the same status code in the server's mouth is about our certificate.
  [/^server Certificate verification failed/i, 'OPCUA_REFUSED'],
  [/Bad(IdentityToken\w+|UserAccessDenied|UserSignatureInvalid)|user token policy/i, 'OPCUA_USER'],
  [/Bad(TooManySessions|TooManySubscriptions|MaxConnectionsReached|TcpNotEnoughResources)/, 'OPCUA_FULL'],
  [
    /Bad(ResponseTooLarge|TcpMessageTooLarge|EncodingLimitsExceeded)|max(imum)? (message|chunk) (size|count) exceeded|BadOperationAbandoned/i,
    'OPCUA_TOO_LARGE',
  ],
  // The server looked at our certificate and did not like it: OPC 10000-4, 6.1.3 lets it say no more than BadSecurityChecksFailed.
  [/Bad(SecurityChecksFailed|CertificateUntrusted)/, 'OPCUA_DISTRUSTED'],
  [
    /Bad(Certificate\w+|SecurityPolicyRejected|SecurityModeRejected|ApplicationSignatureInvalid|NonceInvalid)|Cannot find an Endpoint/i,
    'OPCUA_REFUSED',
  ],
];

/** A failure to get or keep a session. `own`: with a secured channel only. */
export function sessionFault(server: string, thrown: unknown, own?: Own): LinesideError {
  if (thrown instanceof LinesideError) return thrown;
  const text = messageOf(thrown);
  const why = explain(text);
  const code = CODES.find(([pattern]) => pattern.test(text))?.[1] ?? 'OPCUA_UNREACHABLE';
  if (code === 'OPCUA_TOO_LARGE') return new LinesideError(code, { server, tags: 'one answer', size: why }, { cause: thrown });
  if (code !== 'OPCUA_DISTRUSTED') return new LinesideError(code, { server, why, ...own }, { cause: thrown });
  // Without a secured channel there is no certificate of ours that it could dislike.
  return own
    ? new LinesideError(code, { server, why, ...own }, { cause: thrown })
    : new LinesideError('OPCUA_REFUSED', { server, why }, { cause: thrown });
}

/** The server took the connection, and closed it when it had seen our certificate: open62541, Milo and .NET say nothing else. */
export function closedChannel(server: string, fault: LinesideError, own: Own): LinesideError {
  if (fault.code !== 'OPCUA_UNREACHABLE' && fault.code !== 'OPCUA_SILENT') return fault;
  const why = fault.code === 'OPCUA_SILENT' ? 'without an answer' : String(fault.details['why'] ?? 'closed');
  return new LinesideError('OPCUA_DISTRUSTED', { server, why, ...own }, { cause: fault });
}

/** The status code's name or the system's error code when there is one in the text, else its first line. */
export function explain(text: string): string {
  const code = /\bBad[A-Z]\w+|\bE(CONN\w+|TIMEDOUT|HOSTUNREACH|NETUNREACH|NOTFOUND|PIPE|AI_AGAIN)\b/.exec(text)?.[0];
  return code ?? text.split('\n')[0]?.trim() ?? text;
}
