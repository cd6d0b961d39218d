import type { Capabilities } from '../port.ts';
import type { SmartAssessorSettings } from './settings.ts';

type Settings = Pick<
  SmartAssessorSettings,
  'riskFromScore' | 'elementsFrom' | 'welcomeEmail' | 'studentIdFromLrn' | 'secondAssessorRole'
>;

/**
 * G-10: settings that ask for more than the site can do, each in a sentence for administrators. What they ask for is left
 * out, and everything else is exchanged.
 */
export function findUnserved(settings: Settings, can: Capabilities): readonly string[] {
  const asked: readonly [
    isAsked: boolean,
    setting: string,
    capability: keyof Capabilities,
    follows: string,
  ][] = [
    [settings.riskFromScore, 'riskFromScore', 'smartCoach', 'the risk in PICS stays as it is'],
    [settings.elementsFrom === 'units', 'elementsFrom', 'units', 'elements in PICS stay as they are'],
    [settings.welcomeEmail, 'welcomeEmail', 'welcomeEmailFlag', 'the site itself decides about the mail'],
    [settings.studentIdFromLrn, 'studentIdFromLrn', 'studentId', 'no Student ID is sent'],
    [settings.secondAssessorRole !== '', 'secondAssessorRole', 'secondAssessor', 'none is sent'],
  ];
  return asked
    .filter(([isAsked, , capability]) => isAsked && can[capability] === false)
    .map(
      ([, setting, capability, follows]) =>
        `smart-assessor.${setting} asks for what the interface of the site cannot do (${capability}): ${follows}.`,
    );
}
