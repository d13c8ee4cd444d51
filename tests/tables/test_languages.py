"""Lists of names in the encodings of Central Europe and the Baltics."""

# ruff: noqa: E501  a list of names is read best on one line

from __future__ import annotations

import random
from pathlib import Path

from each_row import each_row
from hypothesis import settings

from gsprep.tables.encoding import decode

NAMES = {
    "Czech": (
        "Jiří Tomáš Věra Zdeňka Lukáš Ondřej Jan Petr Eva Kateřina Markéta Václav František Božena Aneta Šárka Radek Jitka Lenka Miloš",
        "Dvořák Černý Kučera Němec Růžičková Procházka Novák Svobodová Krejčí Horák Šimek Žák Beneš Fiala Sedláček Doležal Zeman Kolář Říha Vaněk",
    ),
    "Hungarian": (
        "János István Gergő László Zsófia Ágnes Péter Katalin Győző Éva Anna Ferenc Ernő Gábor Zoltán Erzsébet Dóra Jenő Mária Ödön",
        "Nagy Kovács Tóth Szabó Szőke Varga Erdős Kőszegi Fűtő Török Németh Fehér Dömötör Kiss Szűcs Győri Bíró Pintér Vörös Hegedűs",
    ),
    "Croatian": (
        "Ivan Željko Šime Krešimir Đurđica Marija Ante Nikša Božidar Ana Dražen Siniša Žarko Tomislav Luka Anđela Mladen Hrvoje Petra Zvonimir",
        "Horvat Kovačić Babić Marić Jurić Knežević Vuković Đurić Šarić Božić Perić Novak Blažević Grgić Čović Pavić Matić Radić Šimić Lončar",
    ),
    "Slovene": (
        "Franc Janez Marjeta Žiga Špela Matjaž Nataša Tomaž Jože Anže Urška Blaž Maja Aleš Polona Matej Tina Uroš Simon Živa",
        "Novak Kovačič Krajnc Zupančič Potočnik Mlakar Žagar Hočevar Kralj Golob Turk Božič Korošec Vidmar Bizjak Kotnik Štrukelj Žnidaršič Rozman Oblak",
    ),
    "Romanian": (
        "Ştefan Ion Mihai Cătălin Răzvan Ana Ioana Mădălina Vlad Gheorghe Bogdan Adrian Sânziana Elena Traian Ilinca Ionuţ Laurenţiu Crăciun Ilie",
        "Băsescu Popescu Ionescu Dumitraşcu Constantinescu Stănescu Şerban Ţurcanu Câmpeanu Rădulescu Munteanu Pîrvu Marin Lupu Tănase Muşat Voiculescu Iliescu Dănilă Neagu",
    ),
    "Polish": (
        "Łukasz Paweł Małgorzata Grażyna Józef Michał Anna Krzysztof Stanisław Ewa Rafał Jacek Bożena Zdzisław Katarzyna Wojciech Łucja Agnieszka Święta Żaneta",
        "Kowalski Wiśniewski Wójcik Dąbrowski Zieliński Szymański Woźniak Kozłowski Jankowski Źródło Pawłowski Śliwa Wróbel Głowacki Żak Krawczyk Gąsior Kaźmierczak Piątek Nowak",
    ),
    "Lithuanian": (
        "Jonas Rūta Žydrūnas Eglė Šarūnas Giedrė Vytautas Birutė Gintarė Andrius Mindaugas Jūratė Kęstutis Aušra Živilė Darius Ramunė Linas Algirdas Dovilė",
        "Kazlauskas Petrauskienė Jankauskaitė Žukauskas Stankevičius Šimkus Butkevičienė Vaičiūnas Paulauskas Urbonavičiūtė Grigaitė Ąžuolas Balčiūnas Navickas Rimkutė Kavaliauskas Žilinskas Sakalauskaitė Mažeika Gudaitis",
    ),
    "Latvian": (
        "Jānis Līga Mārtiņš Kristīne Ģirts Ilze Andris Dzintra Ēriks Anna Pēteris Zaiga Ināra Kārlis Baiba Edgars Sanita Ņina Rūta Guntis",
        "Bērziņš Kalniņa Ozoliņš Āboliņa Šmits Liepiņa Krūmiņš Balodis Zariņa Ķēniņš Vītols Lācis Eglīte Ģērmanis Kļaviņš Pētersone Siliņa Jansons Grīnbergs Rozītis",
    ),
    "Estonian": (
        "Jüri Tõnu Mart Kärt Piret Ülle Õie Andrus Mihkel Tiiu Külli Peeter Žanna Ants Toomas Kaja Jaan Mõmmi Märt Riina",
        "Tamm Mägi Sepp Kõiv Pärn Kask Õunapuu Saar Põld Lõhmus Üksti Rebane Jõgi Karu Mets Šmidt Tõnisson Käär Kuusk Vaher",
    ),
    "German": (
        "Jörg Jürgen Anna Günther Käthe Hans Björn Uwe Sören Klaus",
        "Müller Schäfer Köhler Groß Weiß Bauer Schröder Krüger Böhm Vogel",
    ),
    "French": (
        "René François Hélène Chloé Jérôme Anaïs Benoît Marie Noël Zoé",
        "Lefèvre Légère Dupont Besançon Crépin Guérin Hervé Château Garçon Lemaître",
    ),
    "Spanish": (
        "José María Ángel Íñigo Jesús Begoña Óscar Ana Luis Raúl",
        "Muñoz Pérez García Núñez Ibáñez López Peña Güell Gómez Ruiz",
    ),
    "Portuguese": (
        "João Conceição Luís Inês Estevão António Lourenço Ana Sebastião Antônia",
        "Gonçalves Simões Magalhães Araújo Conceição Leitão Guimarães Brandão Mendonça Antão",
    ),
    "Danish": (
        "Søren Jørgen Åse Bjørn Kåre Anna Mads Gøran Pål René",
        "Sørensen Kjær Østergård Bjørnsen Nørgaard Bæk Hansen Ågård Møller Grønborg",
    ),
    "Icelandic": (
        "Þórður Ægir Jón Guðrún Sævar Hörður Þóra Anna Björk Örn",
        "Guðmundsson Þórðarson Jónsdóttir Björnsson Sæmundsson Hallgrímsson Einarsdóttir Ólafsson Örlygsson Árnason",
    ),
    "Italian": (
        "Niccolò Noè Giosuè Maria Luca Mosè Andrea Gesù Carla Anna",
        "Cantù Rossi Forlì Cefalù Nardò Moscardò Bianchi Patanè Mannalà Salò",
    ),
}
WAYS = {
    "Czech": ("cp1250", "iso8859_2"), "Hungarian": ("cp1250", "iso8859_2", "iso8859_16"),
    "Croatian": ("cp1250", "iso8859_2", "iso8859_16"), "Slovene": ("cp1250", "iso8859_2", "iso8859_16"),
    "Romanian": ("cp1250", "iso8859_2", "iso8859_16"), "Polish": ("cp1250", "iso8859_2", "iso8859_16", "cp1257"),
    "Lithuanian": ("cp1257", "iso8859_13"), "Latvian": ("cp1257", "iso8859_13"), "Estonian": ("cp1257", "iso8859_13"),
}  # fmt: skip
# Of each language in each way; `make test-thorough` reads more.
LISTS = min(20, settings().max_examples // 2)
CASES = [(language, way) for language in NAMES for way in WAYS.get(language, ("cp1252",))]
COMMA = str.maketrans("ŞşŢţ", "ȘșȚț")
CEDILLA = str.maketrans("ȘșȚț", "ŞşŢţ")


def a_list(language: str, seed: int) -> str:
    """Return a file of 50 people, drawn anew for each seed."""
    draw = random.Random(seed)  # noqa: S311  no secret
    given, family = (part.split() for part in NAMES[language])
    rows = (f"p{n}@acme.com,{draw.choice(given)} {draw.choice(family)}" for n in range(50))
    return "Email,Name\n" + "\n".join(rows) + "\n"


@each_row(("language", "way"), CASES)
def test_lists_of_fifty_names(language: str, way: str) -> None:
    wrong = []
    for seed in range(LISTS):
        text = a_list(language, seed)
        stored = text.translate(COMMA) if way == "iso8859_16" else text
        # Both letters of Romanian are the same bytes: no file tells which was meant.
        read = decode(Path("people.csv"), stored.encode(way)).text.translate(CEDILLA)
        if read != text:
            wrong.append((seed, read))
    assert not wrong, f"{len(wrong)} of {LISTS}, {wrong[0][1][:400]}"
