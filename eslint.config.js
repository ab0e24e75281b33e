import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['build/', 'node_modules/', '**/node_modules/'] },
  { files: ['**/*.ts'], languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } } },
  // The page of the dashboard, which a browser runs as it is: types are in comments.
  { files: ['src/dashboard/*.js'], languageOptions: { parserOptions: { project: 'tsconfig.dashboard.json', tsconfigRootDir: import.meta.dirname } } },
  {
    files: ['**/*.ts', 'src/dashboard/*.js'],
    extends: [tseslint.configs.recommendedTypeChecked],
    rules: {
      'max-len': ['error', { code: 160, ignoreUrls: true }],
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', caughtErrors: 'none' }],
      '@typescript-eslint/unbound-method': 'off', // closures, not classes: nothing here has a this
      'no-console': 'error',
      eqeqeq: 'error',
      'prefer-const': 'error',
    },
  },
  { files: ['test/**', 'bench/**', 'scripts/**'], rules: { 'no-console': 'off' } },
);
