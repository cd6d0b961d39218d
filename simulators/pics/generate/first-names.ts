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
