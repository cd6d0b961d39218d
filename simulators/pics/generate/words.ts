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

/** 400 first names from several languages. None stands for a real person. */
export const firstNames: readonly string[] = `
Zoë Siân Łukasz Íñigo Siobhán Niamh Aoife Ciarán Pádraig Róisín Gráinne Oisín Caoimhe Fionn Eoin Saoirse Seán Máire
Rhys Gwen Carys Dafydd Bethan Gethin Cerys Emyr Ffion Huw Iestyn Lowri Mair Nerys Owain Rhiannon Tomos Angharad Meinir
Callum Hamish Isla Morag Ewan Eilidh Fraser Kirsty Lachlan Mhairi Rory Ailsa Blair Catriona Duncan Fiona Greig Innes
James Oliver Jack Harry George Noah Leo Arthur Muhammad Joshua
William Ethan Lucas Daniel Samuel Joseph Edward Alexander Benjamin Adam Jacob Dylan
Stanley Albert Felix Rowan Nathan Connor Kieran Liam
Olivia Amelia Freya Florence Grace Sophia Emily Charlotte
Phoebe Evelyn Alice Sophie Harriet Matilda Eliza Imogen Jessica Chloe Hannah Lucy Megan Bethany
Georgia Abigail Eleanor Holly Molly Scarlett Martha Beatrice Edith Nancy Penelope Robyn Heidi
Anna Maria Jan Piotr Katarzyna Małgorzata Agnieszka Wojciech Paweł Michał Zbigniew Grażyna Bożena Jolanta Tomasz Ewa
Krzysztof Stanisław Zofia Jadwiga Rafał Magdalena Bartosz Oskar Kacper Szymon Wiktoria Natalia Mateusz Dominika Iwona
Jürgen Björn Jörg Günther Käthe Anneliese Ulrike Heike Dieter Klaus Wolfgang Uwe Matthias Sabine Annika Lukas Jonas
Søren Øystein Åse Bjørn Jørgen Astrid Ingrid Sigrid Håkon Torbjørn Kåre Solveig Lars Mette Nils Anders Freja Malin
Élodie Chloé Zélie François Hélène André Jérôme Noémie Aurélie Benoît Cédric Thérèse Gaëlle Loïc Maëlle Léa Étienne
José María Jesús Ángel Sofía Lucía Martín Andrés Iván Inés Belén Raúl Mónica Verónica Joaquín Álvaro Begoña Nuño
João Inês Conceição Gonçalo Tomás Mário Luís Antónia Vitória Simão Débora Flávio Rúben Catarina Thiago Beatriz
Nguyệt Hùng Dũng Phương Thảo Tuấn Quỳnh Hạnh Thuý Đức Bảo Linh Minh Khánh Trang Duy
Ahmed Fatima Aisha Yusuf Omar Khadija Ibrahim Maryam Hassan Zainab Bilal Hamza Sumayyah Imran Nadia Tariq Layla Amina
Priya Arjun Ananya Rohan Kavya Vikram Deepika Sanjay Meera Rahul Lakshmi Aditya Sunita Harpreet Gurpreet Manpreet
Jasleen Simran Balvinder Amrit Kiran Neha Pooja Rajesh Nisha Anil Geeta Ravi
Oluwaseun Chidi Ngozi Adaeze Emeka Folasade Kwame Ama Kofi Abena Yaw Efua Tunde Ifeoma Babatunde Chiamaka Kojo Akosua
Wei Ming Xiu Jing Hao Yan Mei Jun Ling Fang Yuki Haruto Sakura Kenji Aiko Takumi Jisoo Minjun Seoyeon
Çağla Özgür Şebnem Gökhan Ayşe Mehmet Emre Elif Tuğba Umut Dilara Barış Gülşen İpek
Ioana Ștefan Andreea Mihai Cătălina Răzvan Bogdan Mădălina Florin Gabriela Dănuț Raluca
Oleksandr Svitlana Dmytro Olena Iryna Taras Yulia Andriy Halyna Kateryna Vasyl Nadiya
Jiří Tomáš Lenka Zdeněk Kateřina Ondřej Božena Eliška Dušan Ľubica Šárka Václav Radim Miroslava
Giulia Matteo Chiara Alessandro Niccolò Francesca Lorenzo Ginevra Eleni Giorgos Dimitra Nikos
`
  .trim()
  .split(/\s+/);

/** English surnames are mostly made of two halves; these make 300 that sound so. */
const heads = 'Ash Black Brad Clay Cross Fern Hart Hay Lang Mill Oak Rad Stan Thorn Wake'.split(' ');
const tails =
  'bourne bury by combe croft dale field ford ham hurst ley low man mere more shaw stead ton wick worth'.split(
    ' ',
  );

const listed = `
O'Brien, D’Arcy, Smith-Jones, van der Berg, Nguyễn, Müller, O’Connor, O'Neill, O'Sullivan, McDonald, MacLeod, McGrath,
Smith, Jones, Taylor, Brown, Williams, Wilson, Johnson, Davies, Patel, Robinson, Wright, Thompson, Evans, Walker, White,
Roberts, Green, Hall, Wood, Jackson, Clarke, Khan, Ali, Hussain, Begum, Ahmed, Singh, Kaur, Sharma, Gill, Dhillon, Sandhu,
Morgan, Young,
Edwards, Fisher, Foster, Graham, Gray,
Griffiths, Harris, Hughes, Hunt, Jenkins, Kelly, Kennedy, Knight, Lewis, Lloyd, Marshall, Martin, Mason, Matthews, Miller,
Mills, Murphy, Murray, Owen, Palmer, Parker, Pearson, Powell, Price, Reid, Reynolds, Richards, Richardson, Rogers, Ross,
Russell, Ryan, Shaw, Simpson, Stevens, Stewart, Sutton, Webb, West, Wilkinson, Wood-Hughes, Parry-Williams, Lloyd-Price,
Ap Rhys, ap Gruffydd, ffrench, ffoulkes, de la Cruz, da Silva, dos Santos, di Stefano, van Dijk, van den Broek, de Vries,
von Richter, ten Brink, le Roux, du Plessis, Jansen, Bakker, Visser, Smit, Meijer, Hoekstra, Nowak, Kowalski, Wiśniewski,
Wójcik, Kamiński, Lewandowski, Zieliński, Szymański, Woźniak, Dąbrowski, Kozłowski, Jabłoński, Mazur, Krawczyk, Łuczak,
Żak, Świątek, Schäfer, Schröder, Krüger, Köhler, Böhm, Groß, Weiß, Schmidt, Fischer, Weber, Becker, Hoffmann, Björk,
Sjöberg, Lindström, Åkesson, Öberg, Jørgensen, Sørensen, Østergaard, Kjær, Møller, Bergström, Håland, Ødegård, Lefèvre,
Bélanger, Gagné, Hébert, Châtelain, Dupré, Lemaître, Béranger, García, Fernández, González, Rodríguez, López, Martínez,
Sánchez, Pérez, Gómez, Muñoz, Ibáñez, Núñez, Peña, Ordóñez, Gonçalves, Araújo, Magalhães, Simões, Conceição, Falcão,
Trần, Lê, Phạm, Huỳnh, Hoàng, Phan, Vũ, Võ, Đặng, Bùi, Đỗ, Hồ, Ngô, Dương, Lý, Wang, Li, Zhang, Chen, Liu, Huang, Wu,
Tanaka, Suzuki, Takahashi, Kim, Park, Choi, Mensah, Owusu, Boateng, Asante, Okafor, Adeyemi, Balogun, Eze, Nwosu, Okonkwo,
Abiola, Diallo, Traoré, Hassan, Ibrahim, Rahman, Chowdhury, Malik, Sheikh, Iqbal, Mahmood, Qureshi, Siddiqui, Farooq,
Yılmaz, Öztürk, Şahin, Çelik, Yıldız, Güneş, Popescu, Ionescu, Dumitrescu, Șerban, Țăranu, Bălan, Shevchenko, Kovalenko,
Bondarenko, Tkachenko, Kravchuk, Novák, Svoboda, Dvořák, Černý, Procházka, Kučera, Veselý, Horák, Němec, Marešová,
Rossi, Russo, Ferrari, Esposito, Bianchi, Papadopoulos, Georgiou, Christodoulou, Nagy, Kovács, Szabó, Tóth, Horváth,
Kiss, Petrauskas, Kazlauskas, Jankauskienė, Bērziņš, Kalniņš, Ozoliņa, Tamm, Sepp, Ó Briain, Ní Dhomhnaill, Mac Giolla,
Nic Aodha, Llewellyn, Gruffydd, Pugh, Bowen, Prosser, Penhaligon, Trevithick, Pascoe, Tregenza, Nankervis
`
  .trim()
  .split(/,\s*/);

/** 600 surnames from several languages. None stands for a real person. */
export const surnames: readonly string[] = [
  ...listed,
  ...heads.flatMap((head) => tails.map((tail) => `${head}${tail}`)),
];
