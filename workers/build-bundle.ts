/** Part of `npm run build`: the workflow bundle, so that workers start without webpack. */
import path from 'node:path';
import { buildWorkflowBundle } from './workflow-code';

buildWorkflowBundle(path.join(__dirname, '..', 'workflow-bundle.js')).catch((error: unknown) => {
  process.stderr.write(`The workflow bundle cannot be built: ${String(error)}\n`);
  process.exitCode = 1;
});
