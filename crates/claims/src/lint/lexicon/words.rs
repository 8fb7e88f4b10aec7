//! Words that cannot be kept, or that hide what is promised.

use super::super::Code::{Absolute, Category, Guarantee, Hedge, LegalConclusion, Superlative, UndefinedThing, UndefinedTime};
use super::Entry;

const BRAG: &str = "praises instead of promising; nobody could show it to be untrue";
const COUNTLESS: &str = "nothing counts over what this is said of";
const NO_TIME: &str = "says no time that could be exceeded";
const NO_THING: &str = "does not say what is meant";
const OUTCOME: &str = "promises an outcome that no drill shows";
const HOLLOW: &str = "takes back what the sentence promises";

const DROP: &str = "drop it, or say what is done";
const COUNT: &str = "name the inventory it is counted over, or what exactly is meant";
const NUMBER: &str = "give a number and the unit, and measure it";
const NAME: &str = "name it, with version, list or section";
const DO: &str = "say what is done, or give it a drill";
const DECIDE: &str = "say when, who decides, and by what";

pub(super) const ENTRIES: &[Entry] = &[
    // Praise.
    Entry::new(Superlative, "best in class | industry leading | world class | state of the art", BRAG, DROP),
    Entry::new(Superlative, "highest | strongest | safest | top priority | top values", BRAG, DROP),
    Entry::new(Superlative, "critically important | primary concern", BRAG, DROP),
    Entry::new(
        Superlative,
        "battle proof* | battled proof* | battle tested | military grade | bank grade | unbreakable",
        BRAG,
        DROP,
    ),
    Entry::new(Superlative, "strong | excellent | robust | cutting edge | unparalleled", BRAG, DROP)
        .unless("strong name | strong crypto*"),
    Entry::new(Superlative, "safely | securely", BRAG, DROP),
    Entry::new(Superlative, "strict | very strict | stringent", BRAG, "name the rule, and what breaks it")
        .unless("strict transport"),
    Entry::new(Superlative, "security experts", BRAG, "say how many people, in which roles").unless("third party | independent"),
    // Everything, without an inventory.
    Entry::new(Absolute, "all", COUNTLESS, COUNT).unless("not at all | all in all"),
    Entry::new(Absolute, "any", COUNTLESS, COUNT).unless("any questions | any question | any additional | any other questions"),
    Entry::new(Absolute, "every", COUNTLESS, COUNT).unless("every * hours | every hour | every day | every * days"),
    Entry::new(Absolute, "each", COUNTLESS, COUNT)
        .unless("each other | each day | each week | each month | each quarter | each year"),
    Entry::new(Absolute, "never | always | completely | none | nobody", COUNTLESS, COUNT),
    Entry::new(Absolute, "no unauthorized | no unauthorised | no single | no public", COUNTLESS, COUNT),
    Entry::new(Absolute, "not possible | impossible | solely | exclusively", COUNTLESS, COUNT),
    // Times.
    Entry::new(UndefinedTime, "quickly | rapidly | promptly | timely | swiftly | immediately", NO_TIME, NUMBER),
    Entry::new(UndefinedTime, "fast", NO_TIME, NUMBER).unless("fast table"),
    Entry::new(UndefinedTime, "regularly | regular | periodically | frequently | continuously", NO_TIME, NUMBER),
    Entry::new(UndefinedTime, "as soon as | as quickly as | reasonable time | in due course", NO_TIME, NUMBER),
    Entry::new(UndefinedTime, "real time", NO_TIME, NUMBER),
    Entry::new(UndefinedTime, "temporary", NO_TIME, "give the longest time"),
    Entry::new(
        UndefinedTime,
        "bi annually | biannually | bi annual | biannual",
        "means twice a year and every second year",
        "say every six months, or every two years",
    ),
    // Things.
    Entry::new(UndefinedThing, "critical assets", NO_THING, NAME),
    Entry::new(UndefinedThing, "usage data", NO_THING, "define the class of data").unless("usage data means"),
    Entry::new(
        UndefinedThing,
        "select * employees | select employees | selected employees",
        NO_THING,
        "say how many, and who is on the list",
    ),
    Entry::new(UndefinedThing, "validated need | need to know", NO_THING, "say who validates it, and where it is recorded"),
    Entry::new(UndefinedThing, "best practices | best practice", NO_THING, NAME),
    Entry::new(UndefinedThing, "most certifications | most standards", NO_THING, "list them, each with its document and end"),
    Entry::new(UndefinedThing, "among many others | etc | and more", NO_THING, "finish the list"),
    Entry::new(UndefinedThing, "latest", NO_THING, NAME),
    Entry::new(UndefinedThing, "sensitive data | sensitive information | security measures", NO_THING, NAME),
    // Outcomes.
    Entry::new(Guarantee, "guarantee | guarantees | guaranteed", OUTCOME, DO),
    Entry::new(Guarantee, "ensure | ensures | ensuring | make sure | makes sure", OUTCOME, DO),
    Entry::new(Guarantee, "prevent | prevents | preventing", OUTCOME, DO),
    // Things taken for others.
    Entry::new(
        Category,
        "passwords | password & encrypted | encrypt | encryption",
        "passwords are hashed, since nobody may get them back",
        "say with which function they are hashed, and its parameters",
    )
    .unless("hashed | hash | hashing | bcrypt | argon2id")
    .observes(&["COM-XC-7"]),
    Entry::new(
        Category,
        "sha256 | sha 256 & encryption | encrypted",
        "a hash encrypts nothing: it signs certificates and authenticates keys",
        "name the cipher, and the hash for what it does",
    )
    .unless("hmac | keyed hash"),
    Entry::new(
        Category,
        "soc 1 | soc 2 | soc2 | soc 3 & certified | certification",
        "an auditor reports on SOC 2, nobody certifies it",
        "say report, its type, its period and the auditor",
    ),
    Entry::new(Category, "hipaa & compliant | certified", "there is no such certificate", "say who assessed what, and when")
        .unless("not * compliant"),
    Entry::new(
        Category,
        "gdpr | general data protection & compliant",
        "compliance is not a state that anybody can show",
        "list what is done: records, contracts, contact, transfers",
    ),
    // Law.
    Entry::new(
        LegalConclusion,
        "not subject | exempt & pci",
        "who takes cards through somebody else still has obligations (SAQ A, and requirement 12.8)",
        "say which questionnaire was completed, and when",
    )
    .observes(&["COM-XC-8"]),
    Entry::new(
        LegalConclusion,
        "no obligations | not liable | not responsible | fully compliant with all",
        "concludes what only a lawyer or a court can",
        "state the facts",
    ),
    // Taken back.
    Entry::new(Hedge, "may", HOLLOW, DECIDE)
        .unless("in may | may 1* | may 2* | may 3* | may 4 | may 5 | may 6 | may 7 | may 8 | may 9"),
    Entry::new(Hedge, "our discretion | sole discretion", HOLLOW, DECIDE),
    Entry::new(
        Hedge,
        "seek to | strive to | try to | aim to | attempt to | endeavour to | intend to",
        HOLLOW,
        "say what is done",
    ),
    Entry::new(Hedge, "limited exceptions | some exceptions", HOLLOW, "say which, and publish how many there were"),
    Entry::new(
        Hedge,
        "where possible | when possible | where appropriate | as appropriate | commercially reasonable",
        HOLLOW,
        DECIDE,
    ),
];
