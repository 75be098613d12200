import { buildRunnerImage, prepareStreaming } from '../images/index.ts';
import { readDevConfig } from '../config.ts';
import { systemClock } from '../../contract/index.ts';
import { ensureMoto, ensureTools, goTools, requireAwsProvider } from '../tools/index.ts';
import type { Stage } from './stage.ts';
import type { Step } from './step-list.ts';

/** Everything the demo needs that is not there yet; warm, it takes a second. */
export const prepareSteps: Step<Stage>[] = [
  {
    title: 'Tools: find, or build once into the cache',
    async run(_, { say }) {
      const options = { config: readDevConfig(), clock: systemClock, say };
      await ensureTools(
        goTools.map(({ name }) => name),
        options,
      );
      await ensureMoto(options);
      await requireAwsProvider(options.config);
      return `${goTools.length} engines, moto, the AWS provider`;
    },
  },
  {
    title: "Images: the runner's and the example's",
    async run(_, { say }) {
      const { digest } = await buildRunnerImage({ say });
      for (const version of ['1.0.0', '1.1.0', '1.2.0'] as const) await prepareStreaming(version, { say });
      return `runner ${digest.slice(0, 19)}`;
    },
  },
];
