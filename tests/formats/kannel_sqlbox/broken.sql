INSERT INTO sent_sms VALUES (505,'MT','Klinikken','+4740000001',NULL,'Time+i+morgen',1773821640,'telia1','kunde7','','',2,NULL,NULL,NULL,NULL,NULL,NULL,31,'http://10.0.0.2/dlr?myid=9100&type=%d',NULL,NULL,NULL,NULL,'sqlbox1','','?smpp?');
INSERT INTO sent_sms VALUES (505,'MT','Klinikken','+4740000001',NULL,'Time+i+morgen',1773821640,'telia1','kunde7','','',
INSERT INTO sent_sms VALUES (505,'MT','K
INSERT INTO sent_sms VALUES (1,'MT','a');
INSERT INTO sent_sms VALUES (506,'MT','Klinikken','+4740000001',NULL,'Time+i+morgen','x','telia1','kunde7','','',2,NULL,NULL,NULL,NULL,NULL,NULL,31,'http://10.0.0.2/dlr?myid=5512&type=%d',NULL,NULL,NULL,NULL,'sqlbox1','','?smpp?');
INSERT INTO sent_sms VALUES (507,'MT','Klinikken','+4740000001',NULL,'Time+i+morgen','x','telia1','kunde7','','',2,NULL,NULL,NULL,NULL,NULL,NULL,31,'http://10.0.0.2/dlr?myid=5512&type=%d',NULL,NULL,NULL,NULL,'sqlbox1','','?smpp?'),(508,'MT','Klinikken','+4740000001',NULL,'Time+i+morgen',1773821640,'telia1','kunde7','','',2,NULL,NULL,NULL,NULL,NULL,NULL,31,'http://10.0.0.2/dlr?myid=9101&type=%d',NULL,NULL,NULL,NULL,'sqlbox1','','?smpp?');
(505,'MT','Klinikken','+4740000001',NULL,'Time+i+morgen',1773821640,'telia1','kunde7','','',2,NULL,NULL,NULL,NULL,NULL,NULL,31,'http://10.0.0.2/dlr?myid=9100&type=%d',NULL,NULL,NULL,NULL,'sqlbox1','','?smpp?');
(505,'MT','Klinikken','+4740000001',NULL,'Time+i+morgen',1773821640,'telia1','kunde7','','
tull og tøys
509	MT	Klinikken	+4740000001	\N	Time+i+morgen	\N	telia1	kunde7			2	\N	\N	\N	\N	\N	\N	31	http://10.0.0.2/dlr?myid=5512&type=%d	\N	\N	\N	\N	sqlbox1		?smpp?
