export { type AccountDefaults } from './cloudformation/account/parameters.ts';
export { accountTemplate } from './cloudformation/account/template.ts';
export { type BootstrapDefaults } from './cloudformation/bootstrap/parameters.ts';
export { bootstrapTemplate } from './cloudformation/bootstrap/template.ts';
export { type QuickCreate, quickCreateUrl } from './quick-create/quick-create-url.ts';
export { type Template } from './cloudformation/template.ts';
