/** What node-opcua throws, in the words of the error table. The library puts status codes into message texts; nothing else tells. */
import { LinesideError, messageOf } from '../../errors.ts';

/** The session was understood and not wanted: somebody must change a config, an account or a trust list. */
const REFUSALS =
  /Bad(UserAccessDenied|IdentityToken\w+|SecurityChecksFailed|Certificate\w+|SecurityPolicyRejected|SecurityModeRejected|UserSignatureInvalid|ApplicationSignatureInvalid|NonceInvalid)|user token policy|Cannot find an Endpoint/i;

/** A failure to get or keep a session, as OPCUA_REFUSED or OPCUA_UNREACHABLE. */
export function sessionFault(server: string, thrown: unknown): LinesideError {
  if (thrown instanceof LinesideError) return thrown;
  const text = messageOf(thrown);
  const why = explain(text);
  return new LinesideError(REFUSALS.test(text) ? 'OPCUA_REFUSED' : 'OPCUA_UNREACHABLE', { server, why }, { cause: thrown });
}

/** The status code's name or the system's error code when there is one in the text, else its first line. */
export function explain(text: string): string {
  const code = /\bBad[A-Z]\w+|\bE(CONN\w+|TIMEDOUT|HOSTUNREACH|NETUNREACH|NOTFOUND|PIPE|AI_AGAIN)\b/.exec(text)?.[0];
  return code ?? text.split('\n')[0]?.trim() ?? text;
}
