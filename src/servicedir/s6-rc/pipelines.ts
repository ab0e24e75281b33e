/** Pipelines (spec 5.2, 5.3): the standard output of producers is the standard input of their consumer. */
import { ALONE, type Node } from '../../core/graph.ts';
import type { Problem } from '../../core/messages.ts';
import type { Source } from './read.ts';

export type Pipelines = Readonly<{
  /** Producer to consumer: what the first writes, the second reads. */
  consumers: ReadonlyMap<string, string>;
  /** A producer needs its consumer, so that a logger starts first and stops last. */
  needs: ReadonlyMap<string, readonly string[]>;
  /** Bundles that `pipeline-name` makes: the consumer and all that lead to it. */
  bundles: readonly Node[];
}>;

/** Both sides must name each other; where one does not, neither is connected, and that is told. */
export function findPipelines(sources: readonly Source[], complain: (problem: Problem) => void): Pipelines {
  const byName = new Map(sources.map((source) => [source.name, source]));
  const consumers = new Map<string, string>();
  for (const { name, directory, producerFor } of sources) {
    if (producerFor === undefined) continue;
    if (byName.get(producerFor)?.consumerFor.includes(name) === true) consumers.set(name, producerFor);
    else {
      const consumer = byName.get(producerFor);
      complain({
        service: name, file: `${directory}/producer-for`, value: producerFor, expected: `a longrun whose consumer-for names ${name}`,
        remedy: consumer === undefined ? 'correct the name; until then its output goes to the container' : `echo ${name} >>${consumer.directory}/consumer-for`,
      });
    }
  }
  for (const { name, directory, consumerFor } of sources) {
    for (const producer of consumerFor.filter((one) => byName.get(one)?.producerFor !== name)) {
      complain({
        service: name, file: `${directory}/consumer-for`, value: producer, expected: `a longrun whose producer-for names ${name}`,
        remedy: byName.has(producer) ? `echo ${name} >${byName.get(producer)!.directory}/producer-for` : 'correct the name',
      });
    }
  }
  const producersOf = (name: string, seen = new Set([name])): string[] =>
    [...consumers].filter(([producer, consumer]) => consumer === name && !seen.has(producer))
      .flatMap(([producer]) => [producer, ...producersOf(producer, seen.add(producer))]);
  return {
    consumers,
    needs: new Map([...consumers].map(([producer, consumer]) => [producer, [consumer]])),
    bundles: sources.flatMap(({ name, pipelineName }): Node[] => (pipelineName === undefined ? [] : [{
      ...ALONE, name: pipelineName, kind: 'bundle', contents: [name, ...producersOf(name)],
    }])),
  };
}
