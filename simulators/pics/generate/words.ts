/** Word lists for places, firms and titles. All invented combinations. */

function words(block: string): readonly string[] {
  return block
    .trim()
    .split(/,\s*/)
    .map((word) => word.trim());
}

/** Outward parts in the six shapes A9, A99, A9A, AA9, AA99, AA9A. */
export const outwardCodes: readonly string[] = words(`
B1, B9, E2, G4, L3, L8, M1, M4, N7, S6, B12, B44, E14, G42, L15, L36, M14, M60, N16, S35, E1W, N1C, N1P, W1A, W1T,
BD7, BH6, BN2, BS3, CF5, CH4, CV6, DE1, DL3, EH7, EX4, GL2, HU5, LA1, LE3, LS9, NE4, NG7, NR2, OX4, PL5, PO1, SA2,
BD16, BN41, BS16, CF24, CV11, DE23, DN15, EH15, EX16, GL51, HD13, HU17, LE19, LS28, NE28, NG16, NR31, OL16, PR25,
SK14, TS23, WF17, EC1A, EC2V, EC4M, SW1A, SW1P, SW1W, WC1A, WC2E, WC2H, SE1P`);

export const streets: readonly string[] = words(`
Albert Road, Alma Street, Back Lane, Beech Grove, Bridge Street, Broad Walk, Canal Side, Castle Street, Cedar Close,
Chapel Lane, Church Road, Clarence Terrace, Cobbler's Row, Cromwell Avenue, Dock Street, Elm Drive, Factory Lane,
Ferry Road, Foundry Yard, Gas Street, Grange Road, Green Lane, Harbour View, Heath Road, High Street, Hollow Way,
Kiln Lane, King Street, Lime Tree Close, Long Acre, Market Place, Mill Row, New Road, North Parade, Orchard Way,
Park Avenue, Quarry Hill, Queen Street, Railway Terrace, Rectory Lane, River View, Saddler's Court, School Lane,
Sheep Street, Spinners' Rise, Station Road, Tannery Lane, The Crescent, Union Street, Victoria Road, Water Lane,
Weavers' Fold, West Street, Wharf Road, Windmill Hill, Yew Tree Walk`);

export const towns: readonly string[] = words(`
Ashcombe, Barrowdale, Brackenford, Brindlemere, Caldbrook, Carrowhill, Cleaverton, Coldwater, Dunmarsh, Eastwick,
Fallowfield Green, Farnbridge, Garthwaite, Hallowdene, Harrowmoor, Kestrelby, Kingsmarsh, Larkfield, Leighbourne,
Marlstead, Netherby Cross, Northolme, Oakhampton Vale, Pennywell, Quernmere, Ravensford, Saltersby, Silverdale Moor,
Thistleham, Underhill, Wainscott, Westerbrook, Wickendale, Wolverley Heath, Yarrowby`);

export const counties: readonly string[] = words(`
Northshire, Westmarch, Eastmarch, Southvale, Midmoor, Highlands of Arden, Isle of Brae, Fenland`);

export const firmHeads: readonly string[] = words(`
Arden, Beacon, Birchwood, Brindle, Calder, Castlegate, Copperfield, Crescent, Dovetail, Emberley, Fairway, Falcon,
Foxglove, Greenbank, Harrow, Hawthorn, Highfield, Ironbridge, Juniper, Keystone, Kingfisher, Lantern, Larkspur, Longmead,
Maple, Meridian, Millstone, Northgate, Oakridge, Old Mill, Parkside, Pebble, Quayside, Redwood, Riverside, Rowan,
Saffron, Silverline, Skylark, Stonegate, Summit, Swift, Tamarisk, Thornbury, Tideway, Trellis, Vale, Wayside, Willowbank`);

export const firmTrades: readonly string[] = words(`
Joinery, Care Homes, Nurseries, Motors, Bakery, Engineering, Dental Practice, Logistics, Hair Studio, Childcare,
Construction, Accountants, Catering, Electrical, Plumbing, Print Works, Garden Centre, Hotels, IT Services, Primary School,
Housing Trust, Foods, Furniture, Cleaning Services, Veterinary Group, Freight, Solicitors, Textiles, Leisure, Pharmacy`);

export const firmEnds: readonly string[] = words(`Ltd, Limited, & Co, & Sons, Group, plc, CIC, LLP`);

export const jobTitles: readonly string[] = words(`
Assessor, Senior Assessor, Tutor, Skills Coach, Internal Verifier, Training Adviser, Placement Officer, Team Leader,
Quality Manager, Employer Contact, Careers Adviser, Programme Manager`);

export const tagNames: readonly string[] = words(`
Autumn intake, Spring intake, Care team, Construction day release, Digital cohort, Early years evening group,
Functional skills, Hospitality block, Levy employers, Monday group, Retail cohort, Workplace only`);

export const noteWords: readonly string[] = words(`
agreed, shift, portfolio, evidence, employer, discussed, target, witness, progress, safeguarding, manager, observation,
maths, rota, absent, call, email, plan, next, visit, module, criteria, holiday, support, feedback, confident, English,
resit, unit, journal`);
