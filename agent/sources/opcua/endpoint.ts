/** Which of a server's endpoints is meant, and whether its certificate is one that a person approved. */
import type { EndpointDescription } from 'node-opcua-client';
import type { OpcuaServerConfig } from '../../config/schema.ts';
import { LinesideError } from '../../errors.ts';
import type { Library } from './library.ts';
import { type CertificateSummary, checkTrust } from './trust.ts';

export interface TrustedEndpoint {
  /** DER of the server's own certificate, without its issuers. */
  readonly certificate: Buffer;
  readonly summary: CertificateSummary;
  /** Its user names come with a password that nothing encrypts: the token's own policy is None (OPC 10000-4, 7.41). */
  readonly clearPassword: boolean;
}

/**
 * Picks the endpoint with exactly the wanted mode and policy, so that a forged list can only refuse, not weaken; throws OPCUA_REFUSED
 * with what there is instead, and OPCUA_UNTRUSTED for a certificate that nobody approved.
 */
export async function trustedEndpoint(
  ua: Library,
  options: {
    readonly server: string;
    readonly pki: string;
    readonly security: OpcuaServerConfig['security'];
    readonly endpoints: readonly EndpointDescription[];
  },
): Promise<TrustedEndpoint> {
  const { server, pki, security, endpoints } = options;
  const mode = ua.MessageSecurityMode[security.mode];
  const policy = ua.SecurityPolicy[security.policy];
  const endpoint = endpoints.find((one) => one.securityMode === mode && one.securityPolicyUri === policy);
  if (!endpoint?.serverCertificate?.length) {
    const offered = endpoints.map((one) => `${ua.MessageSecurityMode[one.securityMode]} ${one.securityPolicyUri?.split('#')[1] ?? ''}`);
    const why = `it does not offer ${security.mode} ${security.policy}, only ${[...new Set(offered)].join(', ')}`;
    throw new LinesideError('OPCUA_REFUSED', { server, why });
  }
  const [certificate = endpoint.serverCertificate] = ua.crypto_utils.split_der(endpoint.serverCertificate);
  const clearPassword = passwordPolicy(ua, endpoint) === ua.SecurityPolicy.None && mode !== ua.MessageSecurityMode.SignAndEncrypt;
  return { certificate, summary: await checkTrust(pki, server, certificate), clearPassword };
}

/** Of the best that the endpoint offers for user names; without one of its own a token goes by the policy of the endpoint. */
function passwordPolicy(ua: Library, { userIdentityTokens, securityPolicyUri }: EndpointDescription): string | null {
  const policies = (userIdentityTokens ?? [])
    .filter(({ tokenType }) => tokenType === ua.UserTokenType.UserName)
    .map((token) => token.securityPolicyUri || securityPolicyUri);
  return policies.find((policy) => policy !== ua.SecurityPolicy.None) ?? policies[0] ?? null;
}
