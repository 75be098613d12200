import { App } from 'cdktf';
import { readStackRequests } from './config.ts';
import { addStack } from './synthesise.ts';

const app = new App({ stackTraces: false });
for (const { stack, inputs } of readStackRequests()) addStack(app, stack, inputs);
app.synth();
