export { type AccountDefaults } from './cloudformation/account/parameters.ts';
export { accountTemplate } from './cloudformation/account/template.ts';
export { bootstrapTemplate } from './cloudformation/bootstrap/template.ts';
export { type Template } from './cloudformation/template.ts';
export { installTemplates } from './install-templates.ts';
export { quickCreateUrl } from './quick-create/quick-create-url.ts';
export { type Files, terraformModule } from './terraform-module/terraform-module.ts';
export { guideByHand } from './by-hand/guide.ts';
