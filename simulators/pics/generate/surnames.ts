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
