import { installIdSchema } from '../../contract/index.ts';

export const installId = installIdSchema.parse('acme-prod');
