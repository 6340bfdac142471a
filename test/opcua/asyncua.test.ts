import { describeTagServer } from '../contracts/tag-server.ts';
import { startOpcuaServer } from '../simulators/opcua.ts';

describeTagServer('a tag server at asyncua', (options) => startOpcuaServer('asyncua', options));
