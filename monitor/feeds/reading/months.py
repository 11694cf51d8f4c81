"""Names of months and weekdays, in the languages in which feeds write dates, to their numbers. Pure."""

from __future__ import annotations

import unicodedata

_MONTHS = (
    "january janvier januar enero gennaio janeiro jan januari ιανουάριος ιαν ιανουαρίου január январь января янв "
    "stycznia sty leden ledna ocak ianuarie gen ene janv jän jänner",
    "february février februar febrero febbraio fevereiro feb februari φεβρουάριος φεβ φεβρουαρίου február февраль "
    "февраля фев lutego lut únor února şubat februarie fév févr fev",
    "march mars märz marzo marzo março mar maart μάρτιος μάρ μαρ μαώ μαρτίου március március март марта мар marca "
    "březen března mart martie mär mrt márc",
    "april avril april abril aprile abr apr avr απρίλιος απρ απριλίου április апрель апреля апр kwietnia kwi "
    "duben dubna nisan aprilie ápr avril április",
    "may mai mayo maggio maio mei μάιος μάι μαϊ μαι μαίου μαΐου május май мая maja květen května mayıs mag máj maj",
    "june juin juni junio giugno junho jun ιούνιος ιούν ιον ιουν ιουνίου június июнь июня июн czerwca cze červen "
    "června haziran iunie giu jún",
    "july juillet juli julio luglio julho jul ιούλιος ιούλ ιολ ιουλ ιουλίου július июль июля июл lipca lip "
    "červenec července temmuz iulie lug juil júl",
    "august août agosto aug augustus αύγουστος αύγ αυγ αυγούστου augusztus август августа авг sierpnia sie srpen "
    "srpna ağustos ago aoû",
    "september septembre septiembre settembre setembro sep sept σεπτέμβριος σεπ σεπτεμβρίου szeptember сентябрь "
    "сентября сен сент września wrz září eylül septembrie set szept",
    "october octobre oktober octubre ottobre outubro oct okt οκτώβριος οκτ οκτωβρίου október октябрь октября окт "
    "października paź říjen října ekim octombrie ott out",
    "november novembre noviembre novembro nov νοέμβριος νοέ νοε νοεμβρίου november ноябрь ноября ноя listopada "
    "lis listopad listopadu kasım noiembrie",
    "december décembre dezember diciembre dicembre dezembro dec dez δεκέμβριος δεκ δεκεμβρίου december декабрь "
    "декабря дек grudnia gru prosinec prosince aralık decembrie dic déc",
)
#: Only as far as they tell day from month where both are numbers.
_WEEKDAYS = (
    "mon monday mo montag lun lundi lunes lunedì",
    "tue tues tuesday di dienstag mar mardi martes martedì",
    "wed wednesday mi mittwoch mer mercredi mercoledì",
    "thu thur thurs thursday do donnerstag jeu jeudi jueves giovedì",
    "fri friday fr freitag ven vendredi viernes venerdì",
    "sat saturday sa samstag sam samedi sábado sabato",
    "sun sunday so sonntag dim dimanche domingo domenica",
)


def _plain(word: str) -> str:
    """Leave accents and breathings out: they are what publishers leave out first."""
    parts = unicodedata.normalize("NFD", word.lower().rstrip("."))
    return "".join(part for part in parts if not unicodedata.combining(part))


_MONTH = {_plain(name): number for number, names in enumerate(_MONTHS, start=1) for name in names.split()}
_WEEKDAY = {_plain(name): number for number, names in enumerate(_WEEKDAYS) for name in names.split()}


def month_of(word: str) -> int | None:
    """Tell the month, from 1, that a word names; None where it names none."""
    return _MONTH.get(_plain(word))


def weekday_of(word: str) -> int | None:
    """Tell the weekday, Monday being 0, that a word names; None where it names none."""
    return _WEEKDAY.get(_plain(word))
