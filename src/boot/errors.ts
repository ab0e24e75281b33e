/** PID 1 never dies by accident: what nobody caught is reported and survived. */
export function ownEveryError(failed: (where: string, error: unknown) => void): void {
  process.on('uncaughtException', (error, origin) => failed(origin, error));
  process.on('unhandledRejection', (reason) => failed('a promise', reason));
  process.removeAllListeners('warning');
  process.on('warning', (warning) => failed('Node', warning));
}

export const describe = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));
