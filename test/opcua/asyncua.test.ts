import { describeTagServer } from '../contracts/tag-server.ts';
import { describeTagServerFaults } from '../contracts/tag-server-faults.ts';
import { startOpcuaServer } from '../simulators/opcua.ts';

describeTagServer('a tag server at asyncua', (options) => startOpcuaServer('asyncua', options));
describeTagServerFaults('the faults of a tag server at asyncua', (options) => startOpcuaServer('asyncua', options));
