/** node-opcua's server on localhost with nothing secured: the PLC of the demo's press, of the bench and of hostile input. */
import {
  MessageSecurityMode,
  OPCUACertificateManager,
  OPCUAServer,
  type OPCUAServerOptions,
  SecurityPolicy,
  Subscription,
  setErrorLogger,
  setWarningLogger,
} from 'node-opcua';

/** ms. The library's server publishes every 50 ms at best unless told otherwise: parts would wait 25 ms on average for that alone. */
const PUBLISHING = 10;

/** Initialized, on a port of its own choice once it is started. `folder`: for the certificate that it makes even so. */
export async function localServer(
  folder: string,
  more: Pick<OPCUAServerOptions, 'serverInfo' | 'serverCapabilities'> = {},
): Promise<OPCUAServer> {
  setWarningLogger(() => {});
  setErrorLogger(() => {});
  Subscription.minimumPublishingInterval = PUBLISHING;
  const certificates = new OPCUACertificateManager({ rootFolder: folder });
  const server = new OPCUAServer({
    // `host` is what it listens on, `hostname` only what it calls itself.
    host: '127.0.0.1',
    hostname: '127.0.0.1',
    port: 0,
    serverCertificateManager: certificates,
    userCertificateManager: certificates,
    securityModes: [MessageSecurityMode.None],
    securityPolicies: [SecurityPolicy.None],
    ...more,
  });
  await server.initialize();
  return server;
}
