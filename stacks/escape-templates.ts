/**
 * `${` and `%{` would be evaluated by Terraform: text from elsewhere must not become an expression in the customer's plan.
 * (Functions as replacements: in a replacement text `$$` means `$`.)
 */
export function escapeTemplates(text: string): string {
  return text.replaceAll('${', () => '$${').replaceAll('%{', () => '%%{');
}
