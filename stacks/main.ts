import { App } from 'cdktf';
import { readStackRequests } from './config.ts';
import { addStack } from './synth.ts';

const app = new App({ stackTraces: false });
for (const request of readStackRequests()) addStack(app, request);
app.synth();
