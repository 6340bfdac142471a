import { describeTagServer } from '../contracts/tag-server.ts';
import { startOpcuaServer } from '../simulators/opcua.ts';

describeTagServer('a tag server at node-opcua', (options) => startOpcuaServer('node-opcua', options));
