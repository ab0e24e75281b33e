/** The operator's program. The launcher (companions/launch/svc) starts it for everything but `svc supervise`. */
import { runSvc } from './cli/main.ts';

// What makes system calls is handed in, and loaded when it is needed: src/cli itself speaks HTTP and nothing else.
runSvc({ become: async (start) => (await import('./launch/outside.ts')).becomeOutside(start) });
