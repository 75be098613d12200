import { quietAwsSdk } from './config.ts';
import { errorLines, exitCodeOf } from './host/output.ts';
import { createProgram } from './program.ts';

quietAwsSdk();
try {
  await createProgram().parseAsync();
} catch (error) {
  process.stderr.write(`${errorLines(error).join('\n')}\n`);
  process.exitCode = exitCodeOf(error);
}
