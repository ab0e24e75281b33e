/** The text of a `service.yaml`. */
import { Document, isCollection, visit, type Pair, type Scalar, type YAMLMap } from 'yaml';
import { KEYS, type Service } from './model.ts';

/** Comments first, then the keys in the order of KEYS; undefined where there is no key: a file of comments only would say nothing. */
export function serviceYaml({ fields, remarks }: Service): string | undefined {
  if (fields.length === 0) return undefined;
  const document = new Document({});
  const map = document.contents as YAMLMap;
  for (const { key, value, remark } of [...fields].sort((a, b) => KEYS.indexOf(a.key) - KEYS.indexOf(b.key))) {
    const pair = document.createPair(key, value) as Pair<Scalar>;
    if (remark !== undefined) pair.key.commentBefore = ` ${remark}`;
    // Variables are read one below the other, everything else is short.
    if (isCollection(pair.value)) visit(pair.value, { Collection: (_, node) => void (node.flow = node !== pair.value || key !== 'env') });
    map.add(pair);
  }
  if (remarks.length > 0) document.commentBefore = remarks.map((remark) => ` ${remark}`).join('\n');
  return document.toString({ lineWidth: 0, flowCollectionPadding: true });
}
