"""First names that are common in Sweden: words that begin a sentence with a capital letter like any other word, and yet
name somebody. Not all that there are; who writes is told so."""

_NAMES = """
adam ahmad ahmed aida ali alice alicia alma amanda amina amir anders andreas anette anita ann anna anneli
annika anton arvid asha astrid august axel barbro bengt birgitta björn bo britt camilla carina carl caroline
cecilia charlotta charlotte christer christian christina christoffer christopher clara dan daniel david dennis
ebba edvin elias elin elisabeth ella ellen elsa elvira emelie emil emilia emma erik erika ester eva evelina
fadumo farah fatima filip fredrik frida gabriel gunilla gunnar gustav göran hamza hanna hanne hans hassan helen
helena helene henrik håkan ibrahim ida inga ingegerd inger ingrid ingvar isabella isak jakob jan jennie jenny
jens jessica joakim johan johanna johannes john jonas jonathan josef josefin julia jörgen karin karl katarina
kent kerstin khadija kim kjell kristina kristoffer kurt lars lasse leif lena leo liam lina linda linnea linnéa
lisa lisbeth louise lovisa lucas ludvig magnus maja malin margareta maria marianne marie markus martin martina
matilda mats mattias max melker mikael moa mohamed mohammad mohammed mona monica monika muhammad mustafa
nathalie niklas nils noah nora oliver olivia olle olof omar oscar oskar otto patrik per pernilla peter petra
pia pontus ragnar rebecka rickard robert robin roger rolf rut samuel sandra sara sebastian signe simon siv
sofia sofie sonja staffan stefan stig stina sune susanne sven svetlana therese therése thomas tobias tomas
tommy tuva ulf ulla ulrika urban vera veronica victor viktor viktoria vincent viola wilhelm william yasmin
yusuf zahra zainab åke åsa örjan
"""
GIVEN_NAMES = frozenset(_NAMES.split())
